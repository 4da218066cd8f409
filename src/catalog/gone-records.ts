import { failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import type { CatalogProblem } from '../domain/snapshot.ts';
import type { MarkRecord } from '../domain/mark.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { mapBounded } from './bounded.ts';
import type { LifeEvents } from './life-events.ts';
import type { Found } from './read-folder.ts';
import type { Repository } from './repository.ts';
import { problemOf } from './target-problem.ts';

export interface GoneRecords {
  readonly live: readonly Found<SnapshotRecord>[];
  /** Records that came back after a prune had deleted them. */
  readonly problems: readonly CatalogProblem[];
}

export interface Evidence {
  readonly life: LifeEvents;
  readonly marks: readonly Found<MarkRecord>[];
}

const PARALLEL_LOOKS = 8;

/**
 * Takes out the records that a prune has deleted. One that lies there all the same came back, and
 * that is told, unless the prune is still at it: its mark is there, or the record has gone meanwhile.
 */
export async function splitGone(
  repository: Repository,
  records: readonly Found<SnapshotRecord>[],
  { life, marks }: Evidence,
): Promise<GoneRecords> {
  const gone = records.filter(({ sha256 }) => life.isGone(sha256));
  const marked = new Set(marks.map(({ value }) => value.snapshotId));
  const unmarked = gone.filter(({ value }) => !marked.has(value.snapshotId));
  const problems = await mapBounded(unmarked, PARALLEL_LOOKS, async ({ key }) => {
    const back = await isThere(repository, key);
    return back.ok && !back.value
      ? []
      : [problemOf(repository, failure('RECORD_REJECTED', 'was deleted by a prune'), key)];
  });
  return { live: records.filter(({ sha256 }) => !life.isGone(sha256)), problems: problems.flat() };
}

async function isThere({ target }: Repository, key: string): Promise<Result<boolean>> {
  const facts = await target.stat(key);
  return facts.ok ? ok(facts.value !== undefined) : facts;
}
