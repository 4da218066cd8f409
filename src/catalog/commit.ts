import type { Signer, Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { mapBounded } from './bounded.ts';
import { contentOf } from './record-content.ts';
import { publish } from './publish.ts';
import type { Repository } from './repository.ts';
import { parseSnapshotRecord } from './snapshot-record.ts';

const PARALLEL_CHECKS = 8;

export interface CommitRequest {
  readonly repository: Repository;
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** Bound to this repository and target. */
  readonly record: SnapshotRecord;
  /** Another writer's record of the same content on the same target is as good: for copies. */
  readonly acceptsOthers?: boolean;
}

export interface Committed {
  readonly record: SnapshotRecord;
  readonly recordSha256: string;
}

/**
 * The commit point: creates the snapshot record, after every object that it names was seen there
 * in its full size, and reads it back. May be repeated, also with a later `committed`: the record
 * of an earlier attempt whose reply was lost stands. Fails with TARGET_CONFLICT where a record with
 * other content has the key.
 */
export async function commitSnapshot(request: CommitRequest): Promise<Result<Committed>> {
  const { repository, record } = request;
  checkRecord(repository, record);
  const whole = await checkObjects(request);
  if (!whole.ok) return whole;
  const published = await publish({ ...request, key: record.key, payload: record, role: 'write' });
  if (!published.ok) return published;
  const { payloadSha256: recordSha256 } = published.value;
  if (published.value.state === 'own') return ok({ record, recordSha256 });
  const present = parseSnapshotRecord(published.value.payload);
  if (present.ok && stands(present.value, request)) return ok({ record: present.value, recordSha256 });
  return failed(failure('TARGET_CONFLICT', `${record.key} exists with other content`));
}

function stands(present: SnapshotRecord, { record, acceptsOthers = false }: CommitRequest): boolean {
  if (JSON.stringify({ ...present, committed: record.committed }) === JSON.stringify(record)) return true;
  return acceptsOthers && isBoundAs(present, record) && contentOf(present) === contentOf(record);
}

function isBoundAs(present: SnapshotRecord, { repoId, targetId, key, chain }: SnapshotRecord): boolean {
  return (
    present.repoId === repoId &&
    present.targetId === targetId &&
    present.key === key &&
    present.chain.parent?.recordSha256 === chain.parent?.recordSha256
  );
}

/** A record that readers would refuse must not be written: that is a bug of the caller. */
function checkRecord(repository: Repository, record: SnapshotRecord): void {
  const parsed = parseSnapshotRecord(record);
  if (!parsed.ok) throw new TypeError(`unfit snapshot record: ${parsed.failure.message}`);
  if (record.repoId !== repository.repoId || record.targetId !== repository.targetId)
    throw new TypeError('snapshot record of another target');
}

async function checkObjects({ repository, record }: CommitRequest): Promise<Result<void>> {
  const checks = await mapBounded(
    [...record.artifacts, record.index],
    PARALLEL_CHECKS,
    async ({ key, bytes }): Promise<Result<void>> => {
      const facts = await repository.target.stat(key);
      if (!facts.ok) return facts;
      if (facts.value === undefined)
        return failed(failure('CORRUPT', `${key} is not on target ${repository.target.name}`));
      if (facts.value.size === bytes) return ok();
      return failed(
        failure('CORRUPT', `${key} has ${String(facts.value.size)} bytes instead of ${String(bytes)}`),
      );
    },
  );
  return checks.find((check) => !check.ok) ?? ok();
}
