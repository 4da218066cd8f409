import type { Catalog } from '../../src/domain/snapshot.ts';
import { backUp, changePin, look, prune, readAll, restore, undelete } from './members.ts';
import type { Member, World } from './world.ts';

/** What somebody does; gives what it believed and is not so. */
export type Work = (world: World, member: Member) => Promise<readonly string[] | undefined>;

export interface CastOptions {
  /** Writers do not look at the marks after their commits. */
  readonly blindWriters?: boolean;
}

/** Who lives in a world: always a writer and a prune, and others as chance will have it. */
export function castOf(world: World, { blindWriters = false }: CastOptions): [string, Work][] {
  const { random, conditions } = world;
  const increment = incrementBy(blindWriters);
  const always: [string, Work][] = [
    ['increment', increment],
    ['prune', pruneTwice],
  ];
  const perhaps: [number, string, Work][] = [
    [conditions.hasSecondChain ? 0.1 : 1, 'new chain', takeNewChain],
    [conditions.graceMs > 0 ? 0.8 : 0.1, 'undelete', undelete],
    [0.3, 'other increment', increment],
    [0.3, 'other prune', pruneTwice],
    [0.2, 'pin', changePin],
    [0.25, 'restore', restore],
    [0.2, 'reader', look],
  ];
  const chosen = perhaps.filter(([probability]) => random.chance(probability));
  return [...always, ...chosen.map(([, name, work]): [string, Work] => [name, work])];
}

export async function takeNewChain(world: World, member: Member): Promise<undefined> {
  await backUp(world, member, { mode: 'full' });
  await backUp(world, member, { mode: 'incremental' });
}

function incrementBy(blind: boolean): Work {
  return async (world, member) => {
    const readFrom = world.random.pick([readAll, onlyFirstChain, readEarlier]);
    const catalog = await readFrom(member, world);
    await backUp(world, member, { mode: 'incremental', blind, catalog });
    return undefined;
  };
}

function readEarlier(_member: Member, { earlier }: World): Promise<Catalog> {
  return Promise.resolve(earlier);
}

/** As if the newer chain were not good: so several build on one chain that is about to go. */
async function onlyFirstChain(member: Member, { earlier }: World): Promise<Catalog> {
  const catalog = await readAll(member);
  const roots = new Set(earlier.snapshots.map(({ record }) => record.chain.root));
  return { ...catalog, snapshots: catalog.snapshots.filter(({ record }) => roots.has(record.chain.root)) };
}

/** What the first run condemns the second one may sweep. */
async function pruneTwice(world: World, member: Member): Promise<undefined> {
  await prune(world, member);
  if (world.conditions.graceMs > 0 || world.random.chance(0.2)) await prune(world, member);
}
