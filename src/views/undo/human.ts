import type { UndoableRestore, UndoReport } from '../../domain/restore-report.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';
import { minuteText } from '../time.ts';

export function undoableLines(restores: readonly UndoableRestore[], style: Style): readonly string[] {
  if (restores.length === 0) return ['no restore over live resources is known on this machine'];
  return restores.flatMap(({ restoreId, plan, at, resources, state, places }) => [
    style.text(`${restoreId}  ${minuteText(Date.parse(at))}  ${plan}: ${resources.join(', ')}  ${state}`),
    ...places.map(({ path, safety }) =>
      style.faint(
        style.text(`  ${path}${safety === undefined || state === 'undone' ? '' : `, before: ${safety}`}`),
      ),
    ),
  ]);
}

export function undoLines({ restoreId, resources }: UndoReport, style: Style): readonly string[] {
  return resources.flatMap(({ resource, state, places, loaded }) => {
    if (state === 'failed')
      return [`${style.bad(style.symbols.failed)} ${style.text(resource)} is not undone`];
    if (state === 'untouched')
      return [`  ${style.text(resource)}: nothing of restore ${restoreId} is in place`];
    return [
      `${style.good(style.symbols.succeeded)} ${style.text(resource)} is what it was before restore ${restoreId}`,
      ...(loaded === undefined ? [] : [style.text(`  loaded ${loaded}`)]),
      ...places.flatMap(({ discarded }) =>
        discarded === undefined ? [] : [style.text(`  what the restore had brought is kept in ${discarded}`)],
      ),
      ...(places.some(({ discarded }) => discarded !== undefined)
        ? [style.faint(`  \`backup-plan undo ${restoreId} --discard\` removes it`)]
        : []),
    ];
  });
}

export function discardLines(restoreId: string, removed: readonly string[], style: Style): readonly string[] {
  return [
    `${style.good(style.symbols.succeeded)} restore ${restoreId} is forgotten, ${counted(removed.length, 'folder')} removed`,
    ...removed.map((folder) => style.text(`  ${folder}`)),
  ];
}
