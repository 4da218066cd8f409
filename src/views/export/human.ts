import type { ExportReport } from '../../domain/export-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';

export function exportLines(report: ExportReport, style: Style): readonly string[] {
  const { resource, snapshotId, chain, target, output, objects, bytes, durationMs } = report;
  const where = output === '-' ? 'stdout' : output;
  const size = `${counted(objects, 'object')}, ${formatBytes(bytes)}`;
  return [
    `${style.good(style.symbols.succeeded)} ${style.text(`${resource}@${snapshotId} exported to ${where}`)}`,
    `  ${counted(chain.length, 'snapshot')}, ${size}, from ${style.text(target)} in ${humanDuration(durationMs)}`,
    ...(output === '-'
      ? []
      : [style.text(`  restore it with: backup-plan restore ${resource} --from ${output} --to FOLDER`)]),
  ];
}
