import type { Clock } from '../../domain/clock.ts';
import type { Signer } from '../../domain/cryptography.ts';
import type { CachedObject } from '../../domain/record-cache.ts';
import { ok, type Result } from '../../domain/result.ts';
import { newRunId } from '../ids.ts';
import { checkpointKey, packKey } from '../keys.ts';
import { publish } from '../publish.ts';
import { MAX_PACK_BYTES, type CheckpointRecord } from './checkpoint-record.ts';
import { digestOf, packRecords } from './pack.ts';
import { newestCheckpoint, type CheckpointPlace } from './read-checkpoint.ts';

export interface CheckpointRequest extends CheckpointPlace {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly writer: string;
  readonly toolVersion: string;
  /** Every live record of the target, as it was verified. */
  readonly records: readonly CachedObject[];
}

/** Fewer records are read one by one as fast. */
const MIN_RECORDS = 256;
/** How much of all that is there may be missing from the newest checkpoint. */
const MAX_UNCOVERED_SHARE = 0.1;

/** Writes a checkpoint where the newest one covers too little. The pack first: what a checkpoint names is there. */
export async function writeCheckpointIfDue(request: CheckpointRequest): Promise<Result<void>> {
  const { repository, records, trust, plan, clock, writer, toolVersion } = request;
  const covered = (await newestCheckpoint(request))?.records ?? 0;
  const tolerated = Math.max(MIN_RECORDS, records.length * MAX_UNCOVERED_SHARE);
  if (Math.abs(records.length - covered) < tolerated) return ok();
  const id = newRunId(clock.nowMs());
  const pack = await packRecords(records);
  if (pack.length > MAX_PACK_BYTES) return ok();
  const created = await repository.target.create(packKey(plan, id), pack);
  if (!created.ok) return created;
  const key = checkpointKey(plan, id);
  const { repoId, targetId } = repository;
  const payload: CheckpointRecord = {
    type: 'checkpoint',
    version: 1,
    repoId,
    targetId,
    key,
    plan,
    at: new Date(clock.nowMs()).toISOString(),
    records: records.length,
    trust,
    pack: { key: packKey(plan, id), bytes: pack.length, sha256: digestOf(pack) },
    writer,
    toolVersion,
  };
  const published = await publish({ ...request, key, payload, role: 'write' });
  return published.ok ? ok() : published;
}
