import type { Verifier } from '../../domain/cryptography.ts';
import { ok, type Result } from '../../domain/result.ts';
import { checkBinding } from '../binding.ts';
import { MAX_RECORD_BYTES, openEnvelope } from '../envelope.ts';
import { folders, parseKey } from '../keys.ts';
import type { Repository } from '../repository.ts';
import { parseCheckpointRecord, type CheckpointRecord } from './checkpoint-record.ts';
import { digestOf, unpackRecords, type PackedRecord } from './pack.ts';

export interface CheckpointPlace {
  readonly repository: Repository;
  readonly verifier: Verifier;
  readonly plan: string;
  /** Digest of whose signatures are believed now. */
  readonly trust: string;
}

/** The newest checkpoint that can be believed; undefined where there is none, whatever the reason. */
export async function newestCheckpoint(place: CheckpointPlace): Promise<CheckpointRecord | undefined> {
  const listed = await place.repository.target.list(folders.checkpoints(place.plan));
  if (!listed.ok) return undefined;
  const keys = listed.value.map(({ key }) => key).filter((key) => parseKey(key)?.kind === 'checkpoint');
  for (const key of keys.sort().reverse()) {
    const read = await readCheckpoint(place, key);
    if (read.ok && read.value?.trust === place.trust) return read.value;
  }
  return undefined;
}

/** What a checkpoint vouches for, still to be looked for in a listing; empty where its pack is not as it says. */
export async function recordsOf(
  { repository }: CheckpointPlace,
  { pack }: CheckpointRecord,
): Promise<readonly PackedRecord[]> {
  const bytes = await repository.target.get(pack.key, pack.bytes);
  if (!bytes.ok || bytes.value === undefined || digestOf(bytes.value) !== pack.sha256) return [];
  return unpackRecords(bytes.value);
}

async function readCheckpoint(
  { repository, verifier, plan }: CheckpointPlace,
  key: string,
): Promise<Result<CheckpointRecord | undefined>> {
  const bytes = await repository.target.get(key, MAX_RECORD_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok(undefined);
  const opened = await openEnvelope(verifier, bytes.value, 'write');
  if (!opened.ok) return opened;
  const { repoId, targetId } = repository;
  const bound = checkBinding(opened.value.payload, { type: 'checkpoint', repoId, targetId, plan, key });
  return bound.ok ? parseCheckpointRecord(opened.value.payload) : bound;
}
