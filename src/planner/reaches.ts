import type { Snapshot } from '../domain/snapshot.ts';
import { reachOf, type Reach, type ReachQuestion } from './reach.ts';

/** What can stand on a target, by resource, each worked out once per planning call. */
export type Reaches = (resource: string, target: string) => Reach;

export function rememberReaches(
  byResource: ReadonlyMap<string, readonly Snapshot[]>,
  question: ReachQuestion,
): Reaches {
  const known = new Map<string, Reach>();
  return (resource, target) => {
    const place = `${resource} ${target}`;
    const reach = known.get(place) ?? reachOf(byResource.get(resource) ?? [], target, question);
    known.set(place, reach);
    return reach;
  };
}
