import type { RunViewKind } from '../views/run/run-view.ts';
import type { Io } from './action.ts';

/** Documents for programs, live lines on a terminal, else a line for each step. */
export function runViewKind(io: Io, options: { readonly json?: boolean }): RunViewKind {
  if (options.json === true) return 'json';
  return io.stderr.isTTY && io.env['TERM'] !== 'dumb' ? 'human' : 'plain';
}
