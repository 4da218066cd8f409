import type { ArchiveContents, ArchiveEntry } from './archive-contents.ts';
import { meansEntry, qualifiedName } from './entries.ts';

/**
 * The ids of what `--only` names and of all that stands on it, in the order of the archive: indexes,
 * constraints, also the foreign keys of other tables, owned sequences, views. A table cannot be
 * dropped while these stand, and with it they are made anew. Empty where the words mean nothing here.
 */
export function chooseEntries(
  { entries }: ArchiveContents,
  database: string,
  only: readonly string[],
): readonly number[] {
  const chosen = new Set<number>();
  const children = childTables(entries);
  let grown = entries.filter((entry) => meansEntry(database, entry, only)).map(({ id }) => id);
  while (grown.length > 0) {
    for (const id of grown) chosen.add(id);
    const more = entries.flatMap((entry) => {
      if (!entry.needs.some((need) => chosen.has(need))) return [];
      return [entry.id, ...(children.get(entry.id) ?? [])];
    });
    grown = more.filter((id) => !chosen.has(id));
  }
  return entries.flatMap(({ id }) => (chosen.has(id) ? [id] : []));
}

/** A partition goes with its parent, though in the archive only the joint of the two needs both. */
function childTables(entries: readonly ArchiveEntry[]): ReadonlyMap<number, readonly number[]> {
  const tables = new Map(
    entries.filter(({ kind }) => kind === 'TABLE').map((entry) => [qualifiedName(entry), entry.id]),
  );
  const joints = entries.filter(({ kind }) => kind === 'TABLE ATTACH');
  return new Map(
    joints.map((joint) => {
      const child = tables.get(qualifiedName(joint));
      return [joint.id, child === undefined ? [] : [child]];
    }),
  );
}
