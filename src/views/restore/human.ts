import type {
  LivePreview,
  RestoreDifferences,
  RestoredResource,
  RestorePreview,
  RestoreReport,
} from '../../domain/restore-report.ts';
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
    ...(preview.live === undefined ? [] : livePreviewLines(preview.live, style)),
    ...(preview.differences === undefined ? [] : differenceLines(preview.differences, style)),
    `  ${counted(preview.entries, 'path')}:`,
    ...shown.map(
      (one) =>
        `    ${style.text(one.path)}${one.size === undefined ? '' : style.faint(`  ${formatBytes(one.size)}`)}`,
    ),
    ...moreLines(hidden, style),
  ];
}

function livePreviewLines(live: LivePreview, style: Style): readonly string[] {
  const { places, appVersion, migrations, takesSnapshot, warnings } = live;
  return [
    ...warnings.map((warning) => `  ${style.caution('warning:')} ${style.text(warning)}`),
    ...places.map(({ path, safety }) =>
      style.text(`  replaces     ${path}${safety === undefined ? '' : `, kept as ${safety}`}`),
    ),
    ...(takesSnapshot ? ['  safety       a snapshot of the live resource is taken first'] : []),
    ...(appVersion === undefined
      ? []
      : [
          style.text(
            `  version      ${appVersion.snapshot ?? 'unknown'} in the snapshot, ${appVersion.current ?? 'unknown'} here`,
          ),
        ]),
    ...migrations.map((migration) => style.text(`  migrates     ${migration}`)),
  ];
}

function differenceLines(differences: RestoreDifferences, style: Style): readonly string[] {
  const { counts, paths, morePaths } = differences;
  const { same, changed, missing, extra } = counts;
  const shown = paths.slice(0, SHOWN_PATHS);
  return [
    `  compared     ${String(same)} same, ${String(changed)} changed, ${String(missing)} missing here, ${String(extra)} extra here`,
    ...shown.map(({ path, state, what }) =>
      style.text(`    ${state.padEnd(8)} ${path}${what === undefined ? '' : ` (${what})`}`),
    ),
    ...moreLines(paths.length - shown.length + morePaths, style),
  ];
}

function moreLines(hidden: number, style: Style): readonly string[] {
  return hidden > 0 ? [style.text(`    … and ${String(hidden)} more`)] : [];
}

export function reportLines(report: RestoreReport, style: Style): readonly string[] {
  const { resources, restoreId, undoable } = report;
  return [
    ...resources.flatMap((one) => resourceLines(one, style)),
    ...(restoreId !== undefined && undoable ? [`  undo: backup-plan undo ${restoreId}`] : []),
  ];
}

function resourceLines(one: RestoredResource, style: Style): readonly string[] {
  const { resource, snapshotId, state, failure, outcome, places = [] } = one;
  const what = `${resource}@${snapshotId}`;
  if (state === 'failed')
    return [`${style.bad(style.symbols.failed)} ${style.text(resource)} is not restored`];
  if (state === 'skipped') return [`${style.symbols.skipped} ${style.text(resource)} is left out`];
  if (state === 'earlier') return [`${style.symbols.skipped} ${style.text(`${what} was restored before`)}`];
  const mark = failure === undefined ? style.good(style.symbols.succeeded) : style.bad(style.symbols.failed);
  const where = one.destination ?? (places.map(({ path }) => path).join(', ') || 'the live resource');
  return [
    ...(outcome?.warnings ?? []).map((warning) => `${style.caution('warning:')} ${style.text(warning)}`),
    `${mark} ${style.text(`${what} restored to ${where}`)}`,
    ...amountLines(one, style),
    ...places.flatMap(({ path, safety }) =>
      safety === undefined ? [] : [style.text(`  before: ${safety} (${path})`)],
    ),
    ...(one.before === undefined ? [] : [style.text(`  before: ${resource}@${one.before}`)]),
    ...((one.checksPassed ?? 0) > 0 ? [`  ${counted(one.checksPassed ?? 0, 'check')} passed`] : []),
  ];
}

function amountLines({ outcome, targets, durationMs }: RestoredResource, style: Style): readonly string[] {
  if (outcome === undefined) return [];
  const { entries, bytes } = outcome;
  return [
    `  ${entries === 1 ? '1 entry' : `${String(entries)} entries`}, ${formatBytes(bytes)}, from ${style.text(targets.join(', '))} in ${humanDuration(durationMs)}`,
  ];
}
