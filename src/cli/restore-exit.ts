import { exitCodeOf } from '../domain/failure.ts';
import type { RestoreReport } from '../domain/restore-report.ts';
import { failureLines } from '../views/failure/human.ts';
import type { Io } from './action.ts';
import { EXIT_FAILED } from './exit-codes.ts';
import { printLines, styleFor, type OutputChoice } from './print.ts';

/** Says what went wrong. One resource ends with the code of its failure, several with that of a partial failure. */
export function exitCodeOfRestore(io: Io, { resources }: RestoreReport, choice: OutputChoice): number {
  const failures = resources.flatMap(({ failure }) => failure ?? []);
  for (const one of failures) printLines(io.stderr, failureLines(one, styleFor(io.stderr, io, choice)));
  const codes = new Set(failures.map(({ code }) => exitCodeOf(code)));
  const [only = 0] = codes;
  return codes.size > 1 || (codes.size === 1 && resources.length > 1 && only !== CHECK) ? EXIT_FAILED : only;
}

const CHECK = exitCodeOf('RESTORE_CHECK_FAILED');
