import { planRestore, restore } from '../../commands/restore/restore.ts';
import { previewRestore } from '../../commands/restore/preview.ts';
import { leaveRestoreEvent } from '../../commands/restore/restore-event.ts';
import { previewDocument, reportDocument } from '../../views/restore/json.ts';
import { previewLines, reportLines } from '../../views/restore/human.ts';
import type { Action, Io } from '../action.ts';
import type { RestoreOptions } from '../definitions/restore.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, openerFor, type Reading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<RestoreOptions> = ([reference = ''], options, io) =>
  eachReading(
    io,
    options,
    async (reading) => {
      const [own] = namesOf(reading, [reference]) ?? [];
      if (own === undefined) return 0;
      return withSignals(io, (signal) => restoreOne(io, options, { reading, reference: own, signal }));
    },
    [reference],
  );

interface One {
  readonly reading: Reading;
  readonly reference: string;
  readonly signal: AbortSignal;
}

async function restoreOne(
  io: Io,
  options: RestoreOptions,
  { reading, reference, signal }: One,
): Promise<number> {
  const { ports, workspace } = reading;
  const planned = await planRestore(ports, workspace, { reference, to: options.to });
  if (!planned.ok) return printFailure(io, planned.failure, options);
  const opener = await openerFor(ports, workspace, options);
  if (!opener.ok) return printFailure(io, opener.failure, options);
  const context = { ports, workspace, opener: opener.value };
  const request = {
    reference,
    to: options.to,
    only: (options.only ?? []).map((path) => path.replace(/^\/+/, '')),
    ...(options.from === undefined ? {} : { from: options.from }),
    signal,
    note: (message: string) => {
      printLines(io.stderr, [`note: ${message}`]);
    },
  };
  const style = styleFor(io.stdout, io, options);
  if (options.dryRun === true) {
    const preview = await previewRestore(context, planned.value, request);
    if (!preview.ok) return printFailure(io, preview.failure, options);
    if (options.json === true) printJson(io, previewDocument(preview.value));
    else printLines(io.stdout, previewLines(preview.value, style));
    return 0;
  }
  const restored = await restore(context, planned.value, request);
  const left = await leaveRestoreEvent(ports, workspace, { plan: planned.value, restored });
  if (left !== undefined) request.note(left);
  if (!restored.ok) return printFailure(io, restored.failure, options);
  if (options.json === true) printJson(io, reportDocument(restored.value));
  else printLines(io.stdout, reportLines(restored.value, style));
  return 0;
}
