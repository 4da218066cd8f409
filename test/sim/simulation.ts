import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import { backUp, changePin, look, prune, readAll, undelete } from './members.ts';
import { seededRandom, type Random } from './random.ts';
import type { Actor } from './scheduler.ts';
import { withIdentitiesFrom } from './seeded-identities.ts';
import {
  createWorld,
  DAY_MS,
  HOUR_MS,
  PLAN,
  verifier,
  type Conditions,
  type Member,
  type World,
} from './world.ts';

export interface SimulationOptions {
  /** Writers do not look at the marks after their commits. */
  readonly blindWriters?: boolean;
}

export interface SimulationResult {
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  readonly operations: number;
}

/** Lets a world of writers, prunes and readers run as the seed says, then sees what is left of it. */
export function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const random = seededRandom(seed);
  return withIdentitiesFrom(random, async () => {
    const world = await createWorld(random, conditionsFrom(random));
    const delusions = await liveThrough(world, options);
    const aftermath = await settle(world);
    const { history, scheduler } = world;
    return {
      problems: [...history.violations, ...delusions, ...aftermath],
      trace: scheduler.trace,
      operations: history.operations(),
    };
  });
}

function conditionsFrom(random: Random): Conditions {
  const isCalm = random.chance(0.5);
  return {
    targets: random.chance(0.2) ? 2 : 1,
    graceMs: random.pick([0, 0, 0, HOUR_MS]),
    chances: {
      fails: isCalm ? 0 : 0.02,
      loses: isCalm ? 0 : 0.02,
      goesOn: random.pick([0, 0.5, 0.8, 0.95]),
    },
    lags: false,
    secondChain: 0.8,
    skewMs: random.pick([0, 4 * 60_000]),
    steps: random.chance(0.2),
    longestPauseMs: random.pick([60_000, 2 * HOUR_MS, 30 * HOUR_MS, 9 * DAY_MS]),
  };
}

type Work = (world: World, member: Member) => Promise<readonly string[] | undefined>;

/** Everybody at once, some of them to their death. */
async function liveThrough(world: World, { blindWriters = false }: SimulationOptions): Promise<string[]> {
  const { random, scheduler } = world;
  const delusions: string[] = [];
  for (const [name, work] of castFrom(random, blindWriters)) {
    const actor = actorFrom(random, name);
    const member = world.enter(actor);
    scheduler.start(actor, async () => {
      delusions.push(...((await work(world, member)) ?? []));
    });
  }
  await scheduler.run();
  return delusions;
}

function actorFrom(random: Random, name: string): Actor {
  const actor: Actor = { name, operations: 0, state: 'running' };
  if (!random.chance(0.2)) return actor;
  return { ...actor, death: { at: random.below(60), moment: random.pick(['before', 'after']) } };
}

function castFrom(random: Random, blind: boolean): [string, Work][] {
  const increment = async (world: World, member: Member): Promise<undefined> => {
    const catalog = await random.pick([readAll, onlyFirstChain, readEarlier])(member, world);
    await backUp(world, member, { mode: 'incremental', blind, catalog });
  };
  const cast: [string, Work][] = [
    ['increment', increment],
    ['prune', pruneTwice],
    ['new chain', takeNewChain],
  ];
  const others: [string, Work][] = [
    ['other increment', increment],
    ['other prune', pruneTwice],
    ['undelete', undelete],
    ['pin', changePin],
    ['reader', look],
  ];
  return [...cast, ...others.filter(() => random.chance(0.35))];
}

/** What the first run condemns the second one may sweep. */
async function pruneTwice(world: World, member: Member): Promise<undefined> {
  await prune(world, member);
  await prune(world, member);
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

async function takeNewChain(world: World, member: Member): Promise<undefined> {
  await backUp(world, member, { mode: 'full' });
  await backUp(world, member, { mode: 'incremental' });
}

/** Once everybody has ended or died: one of each, without faults; then nothing is missing that was promised. */
async function settle(world: World): Promise<string[]> {
  return [...(await findings(world, 'afterwards'))];
}

async function findings({ places, history }: World, when: string): Promise<string[]> {
  const repositories = places.map(({ repository }) => repository);
  const catalog = await readCatalog({ plan: PLAN, repositories, unreachable: [], verifier });
  const problems = catalog.problems.map(({ code, message }) => `${when}: ${code}: ${message}`);
  const lost = places.flatMap(({ name }) =>
    history.promised(name).filter(({ snapshotId }) => !isThere(catalog, snapshotId, name)),
  );
  return [...problems, ...lost.map(({ snapshotId }) => `${when}: ${snapshotId} is not there`)];
}

function isThere({ snapshots }: Catalog, snapshotId: string, target: string): boolean {
  const copy = snapshots.find(({ id }) => id === snapshotId)?.copies.find((one) => one.target === target);
  return copy?.state === 'present' || copy?.state === 'condemned';
}
