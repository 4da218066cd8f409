import type { ProtectionReport } from '../domain/protection-report.ts';
import type { Result } from '../domain/result.ts';
import { protectionLines } from '../views/protection/human.ts';
import { protectionDocument } from '../views/protection/json.ts';
import type { Io } from './action.ts';
import type { PinOptions } from './definitions/pin.ts';
import { namesOf } from './each-plan.ts';
import { EXIT_PARTIAL, EXIT_UNKNOWN } from './exit-codes.ts';
import { printFailure, printJson, printLines, styleFor } from './print.ts';
import { eachReading, type Reading } from './reading.ts';

interface Asked {
  readonly options: PinOptions;
  readonly reference: string;
}

/** The edge of `pin`, `unpin` and `undelete`. */
export function eachProtection(
  io: Io,
  { options, reference }: Asked,
  act: (reading: Reading, reference: string) => Promise<Result<ProtectionReport>>,
): Promise<number> {
  return eachReading(
    io,
    options,
    async (reading) => {
      const [own] = namesOf(reading, [reference]) ?? [];
      if (own === undefined) return 0;
      const report = await act(reading, own);
      if (!report.ok) return printFailure(io, report.failure, options);
      if (options.json === true) printJson(io, protectionDocument(report.value));
      else printLines(io.stdout, protectionLines(report.value, styleFor(io.stdout, io, options)));
      return exitCodeOfProtection(report.value);
    },
    [reference],
  );
}

/** 4 where only some targets know of it, 9 where none does, or where a sweep was under way. */
export function exitCodeOfProtection({ targets }: ProtectionReport): number {
  const good = targets.filter(({ state }) => state === 'written' || state === 'restored').length;
  if (good === targets.length) return 0;
  return good === 0 || targets.some(({ state }) => state === 'unknown') ? EXIT_UNKNOWN : EXIT_PARTIAL;
}
