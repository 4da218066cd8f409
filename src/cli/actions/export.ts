import { resolve } from 'node:path';
import { exportSnapshot } from '../../commands/export/export.ts';
import { failure } from '../../domain/failure.ts';
import { exportLines } from '../../views/export/human.ts';
import { exportDocument } from '../../views/export/json.ts';
import type { Action } from '../action.ts';
import type { ExportOptions } from '../definitions/export.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<ExportOptions> = async ([reference = ''], options, io) => {
  const toStdout = options.output === '-';
  if (toStdout && options.json === true) {
    return printFailure(io, failure('USAGE', 'stdout cannot take both the archive and --json'), {});
  }
  if (toStdout && io.stdout.isTTY) {
    return printFailure(io, failure('USAGE', 'an archive is not written to a terminal'), options);
  }
  return eachReading(
    io,
    options,
    async (reading) => {
      const [own] = namesOf(reading, [reference]) ?? [];
      if (own === undefined) return 0;
      return withSignals(io, async (signal) => {
        const exported = await exportSnapshot(reading, {
          reference: own,
          output: toStdout ? '-' : resolve(io.cwd, options.output),
          stdout: io.stdout,
          signal,
          note: (message) => {
            printLines(io.stderr, [`note: ${message}`]);
          },
        });
        if (!exported.ok) return printFailure(io, exported.failure, options);
        const stream = toStdout ? io.stderr : io.stdout;
        if (options.json === true) printJson(io, exportDocument(exported.value));
        else printLines(stream, exportLines(exported.value, styleFor(stream, io, options)));
        return 0;
      });
    },
    [reference],
  );
};
