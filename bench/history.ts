import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCryptography } from '../src/bundle/cryptography.ts';
import { sealEnvelope } from '../src/catalog/envelope.ts';
import { newSnapshotId } from '../src/catalog/ids.ts';
import { dataKey, indexKey, markerKey, snapshotKey } from '../src/catalog/keys.ts';
import type { Signer } from '../src/domain/cryptography.ts';
import type { SnapshotRecord } from '../src/domain/record.ts';
import { createMasker } from '../src/platform/masker.ts';
import { createPipelines } from '../src/platform/pipeline.ts';
import { createTools } from '../src/platform/tools.ts';
import type { Workspace } from './workspace.ts';

export interface HistorySize {
  readonly snapshots: number;
  readonly resources: number;
}

const HOUR_MS = 3_600_000;
/** A full, then incrementals on it. */
const CHAIN_LENGTH = 24;
const DATA = Buffer.alloc(512, 7);
const INDEX = Buffer.alloc(256, 9);

/**
 * Fills the target of a workspace with hourly snapshots of the resources `r0`, `r1` … that end now:
 * signed records as a writer would have left them, with small stand-ins for their ciphertext.
 */
export async function fillHistory(workspace: Workspace, size: HistorySize): Promise<void> {
  const signer = await signerOf(workspace);
  const { repoId, targetId } = markerOf(workspace);
  const perResource = Math.floor(size.snapshots / size.resources);
  const nowMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  for (let resource = 0; resource < size.resources; resource += 1) {
    let parent: Written | undefined;
    for (let number = 0; number < perResource; number += 1) {
      const atMs = nowMs - (perResource - number - 1) * HOUR_MS;
      const record = recordAt({
        repoId,
        targetId,
        resource: `r${resource}`,
        atMs,
        number,
        ...(parent && { parent }),
      });
      parent = await write(workspace, signer, record);
    }
  }
}

interface Written {
  readonly record: SnapshotRecord;
  readonly sha256: string;
}

interface Place {
  readonly repoId: string;
  readonly targetId: string;
  readonly resource: string;
  readonly atMs: number;
  readonly number: number;
  readonly parent?: Written;
}

function recordAt({ repoId, targetId, resource, atMs, number, parent }: Place): SnapshotRecord {
  const snapshotId = newSnapshotId(atMs);
  const place = { plan: 'bench', resource, snapshotId };
  const at = new Date(atMs).toISOString();
  const base = number % CHAIN_LENGTH === 0 ? undefined : parent;
  return {
    type: 'snapshot',
    version: 1,
    repoId,
    targetId,
    key: snapshotKey(place),
    ...place,
    resourceType: 'files',
    writer: 'writer',
    parents: parent === undefined ? [] : [parent.sha256],
    anchors: {},
    planDigest: `sha256:${'0'.repeat(64)}`,
    runId: '01jd000000000000000000run0',
    slot: at,
    nextExpectedBy: new Date(atMs + HOUR_MS).toISOString(),
    toolVersion: '0.1.0',
    platform: { os: 'linux', arch: 'x64' },
    started: at,
    consistentAt: at,
    committed: at,
    durationMs: 1234,
    artifacts: [
      {
        key: dataKey(place, { name: 'files', extension: 'tar', compression: 'zstd' }),
        name: 'files',
        mediaType: 'application/x-tar',
        ...digestsOf(DATA),
        raw: { bytes: 10_240 },
        compression: 'zstd',
        encryption: { profile: 'ops', recipients: ['A'.repeat(40), 'B'.repeat(40)] },
        source: {
          tool: 'tar',
          toolVersion: '1.34',
          exitCode: 0,
          completion: 'tar --totals',
          warnings: [],
          skipped: [],
        },
      },
    ],
    index: { key: indexKey(place), ...digestsOf(INDEX), rawBytes: 900, entries: 12, compression: 'zstd' },
    chain: {
      mode: base === undefined ? 'full' : 'incremental',
      root: base?.record.chain.root ?? snapshotId,
      level: base === undefined ? 0 : base.record.chain.level + 1,
      ...(base && { parent: { snapshotId: base.record.snapshotId, recordSha256: base.sha256 } }),
    },
    result: 'complete',
    warnings: [],
  };
}

function digestsOf(bytes: Buffer): Pick<SnapshotRecord['index'], 'bytes' | 'sha256' | 'prefixes'> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes: bytes.length, sha256, prefixes: { every: 1_048_576, digests: [sha256] } };
}

async function write({ target }: Workspace, signer: Signer, record: SnapshotRecord): Promise<Written> {
  const sealed = await sealEnvelope(signer, record);
  if (!sealed.ok) throw new Error(sealed.failure.message);
  const put = (key: string, bytes: Buffer): void => {
    const path = join(target, key);
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, bytes, { mode: 0o600 });
  };
  for (const { key } of record.artifacts) put(key, DATA);
  put(record.index.key, INDEX);
  put(record.key, sealed.value);
  return { record, sha256: createHash('sha256').update(JSON.stringify(record)).digest('hex') };
}

async function signerOf({ folder }: Workspace): Promise<Signer> {
  const masker = createMasker();
  const cryptography = createCryptography({
    pipelines: createPipelines({ masker }),
    tools: createTools({ masker }),
    scratchDirectory: folder,
  });
  const signer = await cryptography.signer(readFileSync(join(folder, 'keys', 'writer.key'), 'utf8'));
  if (!signer.ok) throw new Error(signer.failure.message);
  return signer.value;
}

function markerOf({ target }: Workspace): { readonly repoId: string; readonly targetId: string } {
  const { payload } = JSON.parse(readFileSync(join(target, markerKey()), 'utf8')) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { repoId: string; targetId: string };
}
