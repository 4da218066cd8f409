import { rename, writeFile } from 'node:fs/promises';
import { currentStatus } from '../../commands/status.ts';
import type { StatusReport } from '../../domain/status.ts';
import { statusLines } from '../../views/status/human.ts';
import { statusDocument } from '../../views/status/json.ts';
import { nagiosResult } from '../../views/status/nagios.ts';
import { prometheusText } from '../../views/status/prometheus.ts';
import type { Action, Io } from '../action.ts';
import type { StatusOptions } from '../definitions/status.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<StatusOptions> = async (_args, options, io) => {
  const reports: StatusReport[] = [];
  const exitCode = await eachReading(io, options, async ({ ports, workspace }) => {
    const report = await currentStatus(ports, workspace);
    if (!report.ok) return printFailure(io, report.failure, options);
    reports.push(report.value);
    return say(io, options, report.value);
  });
  if (options.prometheus !== undefined) await replaceFile(options.prometheus, prometheusText(reports));
  return options.nagios === true ? sayNagios(io, reports, exitCode === 0) : exitCode;
};

function say(io: Io, options: StatusOptions, report: StatusReport): number {
  if (options.nagios === true) return 0;
  if (options.json === true) printJson(io, statusDocument(report));
  else printLines(io.stdout, statusLines(report, styleFor(io.stdout, io, options)));
  return report.exitCode;
}

const NAGIOS_CRITICAL = 2;
const NAGIOS_UNKNOWN = 3;

/** What could not be examined at all is UNKNOWN, unless something else is certainly bad. */
function sayNagios(io: Io, reports: readonly StatusReport[], complete: boolean): number {
  const { line, exitCode } = nagiosResult(reports);
  if (complete || (reports.length > 0 && exitCode >= NAGIOS_CRITICAL)) {
    printLines(io.stdout, [line]);
    return exitCode;
  }
  printLines(io.stdout, ['BACKUP UNKNOWN - a plan could not be examined']);
  return NAGIOS_UNKNOWN;
}

/** A collector must never read half a file. */
async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${String(process.pid)}.tmp`;
  await writeFile(fresh, text, { mode: 0o644 });
  await rename(fresh, file);
}
