import { failure } from '../../domain/failure.ts';
import { isOfNames, liveRestoreOf } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { RestoreRequest, Selection } from './request.ts';

/** A mapping that nobody follows would restore over what it was meant to spare. */
export function checkNameMappings(
  selections: readonly Selection[],
  { map }: Pick<RestoreRequest, 'map'>,
  inPlace: boolean,
): Result<void> {
  const [named] = map.filter(isOfNames);
  if (named === undefined) return ok();
  const text = `--map ${named.from}=${named.to}`;
  if (!inPlace)
    return failed(failure('USAGE', `${text} gives another name in the server: it needs --in-place`));
  const other = selections.find((selection) => !mapsNames(selection));
  if (other === undefined && map.every(isOfNames)) return ok();
  const what =
    other === undefined ? 'paths and names' : `the names of a resource of type "${other.type.type}"`;
  return failed(failure('RESTORE_UNSUPPORTED', `--map cannot map ${what}`, { hint: 'Map absolute paths.' }));
}

/** True where what is restored gets names of its own, so that nothing live is replaced. */
export function isBeside(selection: Selection, { map }: Pick<RestoreRequest, 'map'>): boolean {
  return map.some(isOfNames) && mapsNames(selection);
}

function mapsNames({ type, options }: Selection): boolean {
  const live = liveRestoreOf(type, options);
  return live?.kind === 'load' && live.mapsNames === true;
}
