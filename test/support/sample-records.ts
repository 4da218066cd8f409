import { createHash } from 'node:crypto';
import type { Signer, Verifier } from '../../src/domain/cryptography.ts';
import type { ArtifactRecord, SnapshotRecord } from '../../src/domain/record.ts';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { dataKey, indexKey, snapshotKey, type SnapshotPlace } from '../../src/catalog/keys.ts';
import { newSnapshotId } from '../../src/catalog/ids.ts';
import { initRepository, type Repository } from '../../src/catalog/repository.ts';
import { createMemoryStore, createMemoryTarget, type MemoryStore } from './memory-target.ts';
import { valueOf } from './results.ts';
import { createTestSigner, createTestVerifier } from './signing-double.ts';

export const START_MS = Date.parse('2026-11-21T02:00:00.000Z');
export const PAYLOAD = Buffer.from('ciphertext');
export const INDEX = Buffer.from('index');

/** A repository in memory, with somebody who may write to it. */
export interface World {
  readonly store: MemoryStore;
  readonly repository: Repository;
  readonly signer: Signer;
  readonly verifier: Verifier;
}

export async function createWorld(name = 'memory', like?: World): Promise<World> {
  const own = createTestSigner();
  const signer = like?.signer ?? own;
  const verifier = like?.verifier ?? createTestVerifier([own]);
  const store = createMemoryStore();
  const target = createMemoryTarget(store, { name });
  await target.open();
  const repository = await initRepository({
    target,
    signer,
    clock: fixedClock(),
    toolVersion: '0.1.0',
    ...(like === undefined ? {} : { repoId: like.repository.repoId }),
  });
  return { store, repository: valueOf(repository), signer, verifier };
}

export function fixedClock(nowMs: number = START_MS): { nowMs: () => number; monotonicMs: () => number } {
  return { nowMs: () => nowMs, monotonicMs: () => 0 };
}

/** A full record, bound to the repository. */
export function sampleRecord(
  { repoId, targetId }: Repository,
  changes: Partial<SnapshotRecord> = {},
  atMs: number = START_MS,
): SnapshotRecord {
  const snapshotId = changes.snapshotId ?? newSnapshotId(atMs);
  const place: SnapshotPlace = {
    plan: changes.plan ?? 'acme',
    resource: changes.resource ?? 'files',
    snapshotId,
  };
  const at = new Date(atMs).toISOString();
  return {
    type: 'snapshot',
    version: 1,
    repoId,
    targetId,
    key: snapshotKey(place),
    ...place,
    resourceType: 'files',
    writer: 'host-a',
    parents: [],
    anchors: {},
    planDigest: `sha256:${'0'.repeat(64)}`,
    runId: '01jd000000000000000000run0',
    toolVersion: '0.1.0',
    platform: { os: 'linux', arch: 'x64' },
    started: at,
    consistentAt: at,
    committed: at,
    durationMs: 10,
    artifacts: [sampleArtifact(place)],
    index: { ...digestsOf(INDEX), key: indexKey(place), rawBytes: 20, entries: 1, compression: 'zstd' },
    chain: { mode: 'full', root: snapshotId, level: 0 },
    result: 'complete',
    warnings: [],
    ...changes,
  };
}

/** Puts the data of a record on its target and commits it; gives the digest of the record. */
export async function commitSample(world: World, record: SnapshotRecord): Promise<string> {
  await putData(world, record);
  return valueOf(await commitSnapshot({ ...world, record })).recordSha256;
}

export async function putData(
  { repository }: Pick<World, 'repository'>,
  record: SnapshotRecord,
): Promise<void> {
  for (const { key } of record.artifacts) valueOf(await repository.target.create(key, PAYLOAD));
  valueOf(await repository.target.create(record.index.key, INDEX));
}

function sampleArtifact(place: SnapshotPlace): ArtifactRecord {
  return {
    ...digestsOf(PAYLOAD),
    key: dataKey(place, { name: 'files', extension: 'tar', compression: 'zstd' }),
    name: 'files',
    mediaType: 'application/x-tar',
    raw: { bytes: 100 },
    compression: 'zstd',
    encryption: { profile: 'ops', recipients: ['A'.repeat(40)] },
    source: { tool: 'tar', exitCode: 0, completion: 'tar --totals', warnings: [], skipped: [] },
  };
}

function digestsOf(bytes: Buffer): Pick<ArtifactRecord, 'bytes' | 'sha256' | 'prefixes'> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes: bytes.length, sha256, prefixes: { every: 1_048_576, digests: [sha256] } };
}
