import { writeEvent } from '../../src/catalog/events.ts';
import { newRunId } from '../../src/catalog/ids.ts';
import { folders } from '../../src/catalog/keys.ts';
import { collectLeftovers } from '../../src/catalog/prune/collect.ts';
import { condemnChain } from '../../src/catalog/prune/condemn.ts';
import type { PruneContext } from '../../src/catalog/prune/context.ts';
import { holdIntents } from '../../src/catalog/prune/intents.ts';
import { findLeftovers } from '../../src/catalog/prune/leftovers.ts';
import { reprieveChain } from '../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../src/catalog/prune/sweep.ts';
import { undeleteSnapshot } from '../../src/catalog/prune/undelete.ts';
import { probeStore } from '../../src/catalog/probe/probe-store.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Repository } from '../../src/catalog/repository.ts';
import { storeNowMs } from '../../src/catalog/store-clock.ts';
import type { PruneChain, TargetPrune } from '../../src/domain/prune-plan.ts';
import type { Catalog, Copy, Snapshot } from '../../src/domain/snapshot.ts';
import { planPrune, type PruneInput } from '../../src/planner/prune/plan-prune.ts';
import { PLAN, RESOURCE, signer, verifier, type Member, type World } from './world.ts';
import { takeBackup, type BackupWish } from './backup.ts';
import { lineage } from './history.ts';
import { persistently } from './persistently.ts';

const LOOKS = 6;
const LOOKS_AFTER_PROBE = 50;

export function readAll({ repositories }: Member): Promise<Catalog> {
  return readCatalog({ plan: PLAN, repositories: [...repositories.values()], unreachable: [], verifier });
}

export function contextOn({ clock }: Member, repository: Repository, runId: string): PruneContext {
  const fixed = { signer, verifier, plan: PLAN, writer: 'one', toolVersion: '0.1.0' };
  return { ...fixed, repository, clock, runId };
}

export async function backUp(
  world: World,
  member: Member,
  wish: Omit<BackupWish, 'catalog'> & Partial<BackupWish>,
): Promise<undefined> {
  await takeBackup(world, member, { ...wish, catalog: wish.catalog ?? (await readAll(member)) });
}

/** What `prune` does, target after target. */
export async function prune(world: World, member: Member): Promise<undefined> {
  const catalog = await readAll(member);
  const targets: Record<string, PruneInput['targets'][string]> = {};
  for (const [name, repository] of member.repositories) {
    const store = await storeNowMs(repository, PLAN);
    const nowStoreMs = store.ok ? store.value : undefined;
    const leftovers = await findLeftovers({
      ...{ repository, plan: PLAN, catalog },
      nowStoreMs: nowStoreMs ?? member.clock.nowMs(),
    });
    targets[name] = {
      leftovers: leftovers.ok ? leftovers.value : [],
      ...(nowStoreMs === undefined ? {} : { storeNowMs: nowStoreMs }),
    };
  }
  const planned = planPrune({
    kind: 'prune',
    plan: world.plan,
    catalog,
    targets,
    nowMs: member.clock.nowMs(),
  });
  const runId = newRunId(member.clock.nowMs());
  for (const one of planned.targets) await pruneTarget(world, member, { ...one, runId });
}

async function pruneTarget(
  world: World,
  member: Member,
  planned: TargetPrune & { readonly runId: string },
): Promise<void> {
  const repository = member.repositories.get(planned.target);
  if (repository === undefined) return;
  const context = contextOn(member, repository, planned.runId);
  for (const chain of planned.reprieve) await persistently(() => reprieveChain(context, chain));
  for (const chain of planned.condemn) await persistently(() => condemnChain(context, chain));
  for (const chain of planned.sweep) await sweep(world, member, { context, chain });
  if (planned.leftovers.length > 0) await persistently(() => collectLeftovers(context, planned.leftovers));
}

async function sweep(
  world: World,
  member: Member,
  { context, chain }: { readonly context: PruneContext; readonly chain: PruneChain },
): Promise<void> {
  const ids = chain.members.map(({ snapshotId }) => snapshotId);
  const target = context.repository.target.name;
  world.history.released(member.actor, target, ids);
  await persistently(() => {
    member.clock.asked = 0;
    return sweepChain(context, chain);
  });
  member.clock.asked = 0;
  world.history.released(member.actor, target, []);
}

/** What `apply` does on targets that it does not know yet. */
export async function probe(_world: World, member: Member): Promise<undefined> {
  const { clock, timers, repositories } = member;
  for (const repository of repositories.values()) {
    const found = await persistently(() => probeStore({ repository, plan: PLAN, clock, timers }));
    if (!found.ok) throw new Error(`a probe in peace failed: ${found.failure.message}`);
    const context = contextOn(member, repository, newRunId(clock.nowMs()));
    await persistently(() => writeEvent({ ...context, event: 'probe', facts: found.value }));
    // Nobody else begins before what was found out can be seen.
    for (let look = 0; look < LOOKS_AFTER_PROBE; look += 1)
      await repository.target.list(folders.events(PLAN));
  }
}

/** What `undelete` does. */
export async function undelete(world: World, member: Member): Promise<undefined> {
  let { snapshots } = await readAll(member);
  // Whoever wants something back looks until it is condemned, and here is soon tired of it.
  for (let looks = 1; looks < LOOKS && !snapshots.some(isCondemned); looks += 1)
    ({ snapshots } = await readAll(member));
  const since = world.history.operations();
  const condemned = snapshots.filter(isCondemned);
  const chosen = condemned[world.random.below(condemned.length)];
  if (chosen === undefined) return;
  const { root } = chosen.record.chain;
  const snapshotIds = snapshots.filter(({ record }) => record.chain.root === root).map(({ id }) => id);
  await writePin(member, 'pin', chosen);
  for (const { target, state } of chosen.copies) {
    const repository = member.repositories.get(target);
    if (state !== 'condemned' || repository === undefined) continue;
    const context = contextOn(member, repository, newRunId(member.clock.nowMs()));
    const undeleted = await undeleteSnapshot(context, { resource: RESOURCE, snapshotIds });
    if (undeleted.ok && undeleted.value.state === 'restored')
      world.history.broughtBack(target, snapshotIds, since);
  }
}

function isCondemned({ copies }: Snapshot): boolean {
  return copies.some(({ state }) => state === 'condemned');
}

/** What `pin` and `unpin` do. */
export async function changePin(world: World, member: Member): Promise<undefined> {
  const { snapshots } = await readAll(member);
  const chosen = snapshots[world.random.below(snapshots.length)];
  if (chosen === undefined) return;
  const event = world.random.chance(0.7) ? 'pin' : 'unpin';
  if (event === 'unpin') world.history.unpinned(chosen.id);
  await writePin(member, event, chosen);
  if (event === 'unpin') world.history.unpinned(chosen.id);
}

/** What a restore of something old does on the target that it reads from. */
export async function restore(world: World, member: Member): Promise<undefined> {
  const { snapshots } = await readAll(member);
  const old = new Set(world.earlier.snapshots.map(({ id }) => id));
  const good = snapshots.filter((snapshot) => snapshot.good && old.has(snapshot.id));
  const chosen = good[world.random.below(good.length)];
  const target = chosen?.copies[0]?.target ?? '';
  const repository = member.repositories.get(target);
  if (chosen === undefined || repository === undefined) return;
  const records = new Map(snapshots.map(({ id, record }) => [id, record]));
  const chain = lineage(records, chosen.id);
  const timers = { after: () => () => undefined };
  const { clock } = member;
  const runId = newRunId(clock.nowMs());
  const intents = await holdIntents({ repository, plan: PLAN, snapshotIds: chain, runId, clock, timers });
  const announced = await repository.target.list(folders.intents(PLAN));
  const isAnnounced =
    announced.ok && chain.every((id) => announced.value.some(({ key }) => key.includes(id)));
  const end = isAnnounced ? world.history.reading(target, chain) : () => undefined;
  for (const id of chain)
    for (const { key } of records.get(id)?.artifacts ?? []) await repository.target.get(key, 1_000_000);
  end();
  await intents.release();
}

export async function writePin(member: Member, event: 'pin' | 'unpin', { id }: Snapshot): Promise<void> {
  const runId = newRunId(member.clock.nowMs());
  await Promise.all(
    [...member.repositories.values()].map((repository) =>
      writeEvent({ ...contextOn(member, repository, runId), event, facts: { snapshotId: id } }),
    ),
  );
}

/** Reads the catalog; what it believes is held against what happened. */
export async function look(world: World, member: Member): Promise<readonly string[]> {
  const started = world.history.operations();
  const { snapshots } = await readAll(member);
  const wasWhole = (id: string, { target, state }: Copy): boolean =>
    state === 'unknown' || (state === 'present' && world.history.lostAt(target, id) > started);
  return snapshots
    .filter(({ good, id, copies }) => good && !copies.some((copy) => wasWhole(id, copy)))
    .map(({ id }) => `${member.actor.name} held ${id} restorable after it was lost`);
}
