import type { PruneContext } from '../../src/catalog/prune/context.ts';
import { newRunId, newSnapshotId } from '../../src/catalog/ids.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { initRepository } from '../../src/catalog/repository.ts';
import { writeEvent } from '../../src/catalog/events.ts';
import type { EventFacts } from '../../src/catalog/event-facts.ts';
import type { Verifier } from '../../src/domain/cryptography.ts';
import type { PruneChain } from '../../src/domain/prune-plan.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Catalog, Copy, Snapshot } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import { createMemoryStore, createMemoryTarget } from './memory-target.ts';
import { manualTime, type ManualTime } from './manual-time.ts';
import { valueOf } from './results.ts';
import { commitSample, fixedClock, sampleRecord, START_MS, type World } from './sample-records.ts';
import { createRoleVerifier, createTestSigner, type TestSigner } from './signing-double.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const PLAN = 'acme';

/** A repository with one key that writes and another that deletes, and clocks that a test moves. */
export interface PruneWorld extends World {
  readonly pruner: TestSigner;
  readonly time: ManualTime;
  /** Moves the clock of the store and that of this machine. */
  advance(ms: number): void;
}

export interface PruneWorldOptions {
  readonly name?: string;
  /** Shares keys and repository. */
  readonly like?: PruneWorld;
}

export async function createPruneWorld({
  name = 'memory',
  like,
}: PruneWorldOptions = {}): Promise<PruneWorld> {
  const signer = createTestSigner();
  const pruner = like?.pruner ?? createTestSigner();
  const verifier =
    like?.verifier ??
    createRoleVerifier([
      { signer, may: ['write', 'apply'] },
      { signer: pruner, may: ['prune'] },
    ]);
  const store = createMemoryStore();
  const target = createMemoryTarget(store, { name });
  await target.open();
  const repository = await initRepository({
    target,
    signer: like?.signer ?? signer,
    clock: fixedClock(),
    toolVersion: '0.1.0',
    ...(like === undefined ? {} : { repoId: like.repository.repoId }),
  });
  const time = like?.time ?? manualTime(START_MS);
  const world = {
    store,
    repository: valueOf(repository),
    signer: like?.signer ?? signer,
    verifier,
    pruner,
    time,
  };
  const advance = (ms: number): void => {
    store.nowMs += ms;
    time.advance(ms);
  };
  advance(1000);
  return { ...world, advance };
}

/** A run that may delete; `target` in place of the world's own, to make it fail. */
export function pruneContext(
  world: PruneWorld,
  changes: Partial<PruneContext> & { target?: Target } = {},
): PruneContext {
  const { target = world.repository.target, ...rest } = changes;
  return {
    repository: { ...world.repository, target },
    signer: world.pruner,
    verifier: world.verifier,
    clock: world.time.clock,
    plan: PLAN,
    runId: newRunId(world.time.clock.nowMs()),
    writer: 'pruner',
    toolVersion: '0.1.0',
    ...rest,
  };
}

export interface ChainOptions {
  readonly levels: number;
  readonly atMs?: number;
  readonly resource?: string;
  readonly graceMs?: number;
}

/** Commits a full and incrementals on it, and describes them as planning does. */
export async function commitPruneChain(
  world: World,
  { levels, atMs = START_MS, resource = 'files', graceMs = 0 }: ChainOptions,
): Promise<PruneChain> {
  const records: { record: SnapshotRecord; sha256: string }[] = [];
  for (let level = 0; level < levels; level += 1) {
    const below = records.at(-1);
    const record = childRecord(world, below, { atMs: atMs + level * HOUR_MS, resource });
    records.push({ record, sha256: await commitSample(world, record) });
  }
  return chainOf(records, graceMs);
}

export function childRecord(
  world: World,
  parent: { readonly record: SnapshotRecord; readonly sha256: string } | undefined,
  { atMs, resource = 'files' }: { readonly atMs: number; readonly resource?: string },
): SnapshotRecord {
  const snapshotId = newSnapshotId(atMs);
  const chain: SnapshotRecord['chain'] =
    parent === undefined
      ? { mode: 'full', root: snapshotId, level: 0 }
      : {
          mode: 'incremental',
          root: parent.record.chain.root,
          level: parent.record.chain.level + 1,
          parent: { snapshotId: parent.record.snapshotId, recordSha256: parent.sha256 },
        };
  const parents = parent === undefined ? [] : [parent.sha256];
  return sampleRecord(world.repository, { snapshotId, resource, chain, parents }, atMs);
}

export function chainOf(
  records: readonly { readonly record: SnapshotRecord; readonly sha256: string }[],
  graceMs = 0,
): PruneChain {
  const [first] = records;
  if (first === undefined) throw new Error('a chain has a member');
  return {
    resource: first.record.resource,
    root: first.record.chain.root,
    graceMs,
    sweepAtMs: 0,
    members: records.map(({ record, sha256 }) => ({
      snapshotId: record.snapshotId,
      recordKey: record.key,
      recordSha256: sha256,
      mode: record.chain.mode,
      consistentAtMs: Date.parse(record.consistentAt),
      bytes: record.index.bytes + record.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    })),
  };
}

export function catalogOf(...worlds: readonly [PruneWorld, ...PruneWorld[]]): Promise<Catalog> {
  return catalogSeenBy(worlds[0].verifier, worlds);
}

export function catalogSeenBy(verifier: Verifier, worlds: readonly World[]): Promise<Catalog> {
  const repositories = worlds.map(({ repository }) => repository);
  return readCatalog({ plan: PLAN, repositories, unreachable: [], verifier });
}

export function snapshotIn(catalog: Catalog, id: string | undefined): Snapshot {
  const found = catalog.snapshots.find((snapshot) => snapshot.id === id);
  if (found === undefined) throw new Error(`no snapshot ${String(id)}`);
  return found;
}

export function copyIn(catalog: Catalog, id: string | undefined, target = 'memory'): Copy {
  const found = snapshotIn(catalog, id).copies.find((copy) => copy.target === target);
  if (found === undefined) throw new Error(`no copy of ${String(id)} on ${target}`);
  return found;
}

export async function say(
  world: PruneWorld,
  facts: EventFacts,
  {
    by = world.signer,
    atMs = world.time.clock.nowMs(),
  }: { by?: TestSigner | World['signer']; atMs?: number } = {},
): Promise<void> {
  const request = {
    repository: world.repository,
    signer: by,
    verifier: world.verifier,
    clock: fixedClock(atMs),
    plan: PLAN,
    runId: newRunId(atMs),
    writer: 'somebody',
    toolVersion: '0.1.0',
  };
  valueOf(await writeEvent({ ...request, ...facts }));
}

/** Keys of the objects that there are of some snapshots, or of all. */
export function keysIn({ store }: World, part = '/'): string[] {
  return [...store.objects.keys()].filter((key) => key.includes(part)).sort();
}

/** A target on which something else happens right before one operation. */
export function interruptedTarget(
  target: Target,
  isMoment: (operation: 'create' | 'list' | 'remove', key: string) => boolean,
  meanwhile: () => Promise<unknown>,
): Target {
  let hasHappened = false;
  const before = async (operation: 'create' | 'list' | 'remove', key: string): Promise<void> => {
    if (hasHappened || !isMoment(operation, key)) return;
    hasHappened = true;
    await meanwhile();
  };
  return {
    ...target,
    create: async (key, bytes) => before('create', key).then(() => target.create(key, bytes)),
    list: async (prefix) => before('list', prefix).then(() => target.list(prefix)),
    remove: async (key) => before('remove', key).then(() => target.remove(key)),
  };
}
