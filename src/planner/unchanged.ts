import { factsOf } from '../catalog/event-facts.ts';
import type { Mode } from '../domain/mode.ts';
import type { EventRecord } from '../domain/snapshot.ts';

/** A look at the source that found it equal to a snapshot: as fresh as a snapshot of that mode. */
export interface Unchanged {
  readonly snapshotId: string;
  readonly mode: Mode;
  readonly atMs: number;
  /** The schedule tick that it answers. */
  readonly slot?: string;
}

/** What the events say, by resource, newest first. */
export function unchangedByResource(
  events: readonly EventRecord[],
): ReadonlyMap<string, readonly Unchanged[]> {
  const found = new Map<string, Unchanged[]>();
  for (const event of events) {
    const said = factsOf(event);
    if (said.event !== 'unchanged') continue;
    const { snapshotId, mode, slot, resource } = said.facts;
    const own = found.get(resource) ?? [];
    found.set(resource, own);
    own.push({ snapshotId, mode, atMs: Date.parse(event.at), ...(slot === undefined ? {} : { slot }) });
  }
  for (const own of found.values()) own.sort((a, b) => b.atMs - a.atMs);
  return found;
}
