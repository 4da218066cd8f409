import { writeFile, rename } from 'node:fs/promises';
import { currentStatus } from '../../commands/status.ts';
import type { StatusReport } from '../../domain/status.ts';
import { statusLines } from '../../views/status/human.ts';
import { nagiosText } from '../../views/status/nagios.ts';
import { prometheusText } from '../../views/status/prometheus.ts';
import { statusDocument } from '../../views/status/json.ts';
import type { Action, Io } from '../action.ts';
import type { StatusOptions } from '../definitions/status.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<StatusOptions> = (_args, options, io) =>
  eachReading(io, options, async (reading) => {
    const report = await currentStatus(reading.ports, reading.workspace);
    if (!report.ok) return printFailure(io, report.failure, options);
    if (options.prometheus !== undefined) await replaceFile(options.prometheus, prometheusText(report.value));
    return say(io, options, report.value);
  });

/** The collector must never read half a file. */
async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${String(process.pid)}.tmp`;
  await writeFile(fresh, text, { mode: 0o644 });
  await rename(fresh, file);
}

function say(io: Io, options: StatusOptions, report: StatusReport): number {
  if (options.nagios === true) {
    const { text, exitCode } = nagiosText(report);
    printLines(io.stdout, [text]);
    return exitCode;
  }
  if (options.json === true) printJson(io, statusDocument(report));
  else printLines(io.stdout, statusLines(report, styleFor(io.stdout, io, options)));
  return report.exitCode;
}
