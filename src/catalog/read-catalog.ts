import type { Verifier } from '../domain/cryptography.ts';
import type { RecordCache } from '../domain/record-cache.ts';
import type { Catalog, CatalogProblem } from '../domain/snapshot.ts';
import { copyStates, withCondemned } from './copy-states.ts';
import { factsOf } from './event-facts.ts';
import { findGaps } from './gaps.ts';
import { joinCopies } from './join-copies.ts';
import { knownObjects } from './known-objects.ts';
import { lifeOf } from './life-events.ts';
import { readTarget, type TargetReading } from './read-records.ts';
import type { Repository } from './repository.ts';
import { judgeSnapshots } from './judge-snapshots.ts';
import { orderSnapshots } from './order-snapshots.ts';
import { compareWithSightings, type Sightings } from './sightings.ts';
import { verdictsOf } from './verdicts.ts';

export interface ReadCatalogRequest {
  readonly plan: string;
  readonly repositories: readonly Repository[];
  /** What went wrong with targets that could not even be opened. */
  readonly unreachable: readonly CatalogProblem[];
  readonly verifier: Verifier;
  readonly memory?: Memory;
}

/** What this machine has verified before. */
export interface Memory {
  readonly cache: RecordCache;
  /** Digest of whose signatures are believed: what was verified under another one is verified again. */
  readonly trust: string;
  /** Everything is read and verified again, and only compared with what was there before. */
  readonly fresh?: boolean;
}

/**
 * The union of what all reachable targets' signed records say. Never fails: what could not be read
 * or believed is in `problems`, and a target is in `read` only when nothing of it was unreadable.
 */
export async function readCatalog({
  plan,
  repositories,
  unreachable,
  verifier,
  memory,
}: ReadCatalogRequest): Promise<Catalog> {
  const { ours, strangers } = splitByRepository(repositories);
  const readings = await Promise.all(
    ours.map(async (repository) => {
      const isTrusting = memory !== undefined && memory.fresh !== true;
      const known = isTrusting ? await knownObjects(repository, { ...memory, plan, verifier }) : undefined;
      const reading = await readTarget({ plan, repository, verifier, ...(known && { known }) });
      await known?.keep();
      return memory === undefined ? reading : withSightings(reading, { ...memory, repository, plan });
    }),
  );
  const events = readings.flatMap((reading) => reading.events);
  const verdicts = verdictsOf(events);
  const joined = joinCopies(readings.flatMap(({ records }) => records));
  const judged = readings.map(withCondemned);
  const drafts = joined.snapshots.map((draft) => copyStates(draft, judged, verdicts));
  return {
    snapshots: orderSnapshots(judgeSnapshots(drafts, { verdicts, life: lifeOf(events) })),
    problems: [
      ...unreachable,
      ...strangers,
      ...readings.flatMap(({ problems }) => problems),
      ...joined.problems,
      ...findGaps(readings),
    ],
    read: new Set(
      readings.filter(({ complete }) => complete).map(({ repository }) => repository.target.name),
    ),
    pruned: prunedIn(readings),
    events: events.sort((left, right) => (left.at < right.at ? -1 : 1)),
    stores: new Map(
      ours.map(({ target: { name, capabilities }, targetId }) => [name, { targetId, capabilities }]),
    ),
  };
}

async function withSightings(reading: TargetReading, sightings: Sightings): Promise<TargetReading> {
  const problems = await compareWithSightings(sightings, reading);
  return { ...reading, problems: [...reading.problems, ...problems] };
}

function prunedIn(readings: readonly TargetReading[]): NonNullable<Catalog['pruned']> {
  const pruned = readings.map(({ repository, events }) => {
    const said = events.map(factsOf);
    const ids = said.flatMap((one) => (one.event === 'gone' ? [one.facts.snapshotId] : []));
    return [repository.target.name, new Set(ids)] as const;
  });
  return new Map(pruned.filter(([, ids]) => ids.size > 0));
}

/** All targets of a plan carry one repository id; the first target's is taken as the right one. */
function splitByRepository(repositories: readonly Repository[]): {
  ours: Repository[];
  strangers: CatalogProblem[];
} {
  const expected = repositories[0]?.repoId;
  const ours = repositories.filter(({ repoId }) => repoId === expected);
  const strangers = repositories
    .filter(({ repoId }) => repoId !== expected)
    .map(({ target }): CatalogProblem => ({
      target: target.name,
      code: 'TARGET_NOT_OURS',
      message: 'belongs to another repository than the first target',
    }));
  return { ours, strangers };
}
