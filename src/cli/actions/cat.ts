import { cat } from '../../commands/cat.ts';
import type { Action } from '../action.ts';
import type { CatOptions } from '../definitions/cat.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printLines } from '../print.ts';
import { eachReading, openerFor } from '../reading.ts';
import { listenForSignals } from '../signals.ts';

export const run: Action<CatOptions> = ([reference = '', path = ''], options, io) =>
  eachReading(io, options, async (reading) => {
    const { ports, workspace } = reading;
    const [own] = namesOf(reading, [reference]) ?? [];
    if (own === undefined) return 0;
    const opener = await openerFor(ports, workspace, options);
    if (!opener.ok) return printFailure(io, opener.failure, {});
    const signals = listenForSignals(process);
    try {
      const done = await cat(
        { ports, workspace, opener: opener.value },
        {
          reference: own,
          path,
          output: io.stdout,
          signal: signals.graceful,
          note: (message) => {
            printLines(io.stderr, [`note: ${message}`]);
          },
        },
      );
      return done.ok ? 0 : printFailure(io, done.failure, {});
    } finally {
      signals.release();
    }
  });
