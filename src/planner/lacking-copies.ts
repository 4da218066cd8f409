import type { ResourceSpec } from '../domain/plan.ts';
import type { CopyState, Snapshot } from '../domain/snapshot.ts';

/** Targets that should hold a whole copy of a snapshot and do not, as far as they could be read. What is archived is there. */
export function lackingCopies(
  { targets }: ResourceSpec,
  { mode, copies }: Snapshot,
  read: ReadonlySet<string>,
): { readonly target: string; readonly state: CopyState }[] {
  const states = new Map(copies.map(({ target, state }) => [target, state]));
  return (targets[mode] ?? [])
    .filter((target) => read.has(target))
    .map((target) => ({ target, state: states.get(target) ?? 'missing' }))
    .filter(({ state }) => state !== 'present' && state !== 'archived');
}
