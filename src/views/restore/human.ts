import type { RestorePreview, RestoreReport } from '../../domain/restore-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { minuteText } from '../time.ts';

const SHOWN_PATHS = 40;

export function previewLines(preview: RestorePreview, style: Style): readonly string[] {
  const { resource, snapshotId, consistentAt, mode } = preview;
  const shown = preview.paths.slice(0, SHOWN_PATHS);
  const hidden = preview.entries - shown.length;
  return [
    style.text(
      `${resource}@${snapshotId} · ${mode}, data of ${minuteText(Date.parse(consistentAt))} · dry run: nothing is written`,
    ),
    `  destination  ${style.text(preview.destination)}`,
    `  room         ${formatBytes(preview.bytesNeeded)} at most, ${formatBytes(preview.bytesFree)} free${preview.bytesNeeded > preview.bytesFree ? `  ${style.bad('too little')}` : ''}`,
    ...preview.chain.map((link) =>
      style.text(`  reads        ${link.snapshotId} (${link.mode}) from ${link.target}`),
    ),
    ...preview.recipients.map((key, index) => `  ${index === 0 ? 'needs key    ' : '    or       '}${key}`),
    `  written by   ${style.text(preview.tools.join(', '))}`,
    `  ${counted(preview.entries, 'path')}:`,
    ...shown.map(
      (one) =>
        `    ${style.text(one.path)}${one.size === undefined ? '' : style.faint(`  ${formatBytes(one.size)}`)}`,
    ),
    ...(hidden > 0 ? [style.text(`    … and ${String(hidden)} more`)] : []),
  ];
}

export function reportLines(report: RestoreReport, style: Style): readonly string[] {
  const { snapshot, destination, targets, outcome, durationMs } = report;
  const { entries, bytes, warnings } = outcome;
  const what = `${snapshot.resource}@${snapshot.id}`;
  return [
    ...warnings.map((warning) => `${style.caution('warning:')} ${style.text(warning)}`),
    `${style.good(style.symbols.succeeded)} ${style.text(`${what} restored to ${destination}`)}`,
    `  ${entries === 1 ? '1 entry' : `${String(entries)} entries`}, ${formatBytes(bytes)}, from ${style.text(targets.join(', '))} in ${humanDuration(durationMs)}`,
  ];
}
