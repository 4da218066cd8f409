import { verify } from '../../commands/verify.ts';
import { leaveVerifyEvents } from '../../commands/verify-events.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import type { VerifyReport } from '../../domain/verify-report.ts';
import { checkLine, summaryLines } from '../../views/verify/human.ts';
import { verifyDocument } from '../../views/verify/json.ts';
import type { Action, Io } from '../action.ts';
import type { VerifyOptions } from '../definitions/verify.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, openerFor, type Reading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<VerifyOptions> = (args, options, io) =>
  eachReading(
    io,
    { ...options, fresh: true },
    async (reading) => {
      const references = namesOf(reading, args);
      if (references === undefined) return 0;
      return withSignals(io, (signal) => verifyPlan(io, options, { reading, references, signal }));
    },
    args,
  );

interface Verification {
  readonly reading: Reading;
  readonly references: readonly string[];
  readonly signal: AbortSignal;
}

async function verifyPlan(io: Io, options: VerifyOptions, verification: Verification): Promise<number> {
  const { reading, references, signal } = verification;
  const { ports, workspace } = reading;
  const opener = options.level === 'decrypt' ? await openerFor(ports, workspace, options) : undefined;
  if (opener?.ok === false) return printFailure(io, opener.failure, options);
  const style = styleFor(io.stdout, io, options);
  const report = await verify(
    { workspace, nowMs: ports.clock.nowMs(), ...(opener === undefined ? {} : { opener: opener.value }) },
    {
      references,
      level: options.level,
      sample: options.sample,
      signal,
      onChecked: (check) => {
        if (options.json !== true) printLines(io.stdout, [checkLine(check, style)]);
      },
    },
  );
  if (!report.ok) return printFailure(io, report.failure, options);
  const unsaid = await leaveVerifyEvents(ports, workspace, report.value);
  if (unsaid !== undefined) printLines(io.stderr, [`note: ${unsaid}`]);
  if (options.json === true) printJson(io, verifyDocument(report.value));
  else printLines(io.stdout, summaryLines(report.value, style));
  return exitCodeOfReport(report.value);
}

/** Damage counts more than what could not be told. */
function exitCodeOfReport({ checks, problems }: VerifyReport): number {
  const codes = [...checks.flatMap((check) => check.failure ?? []), ...problems].map((one) =>
    exitCodeOf(one.code),
  );
  if (codes.includes(exitCodeOf('CORRUPT'))) return exitCodeOf('CORRUPT');
  return Math.max(0, ...codes);
}
