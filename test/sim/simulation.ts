import { aftermath, findings, luckily } from './aftermath.ts';
import { castOf, type CastOptions } from './cast.ts';
import { HONEST, type Manner } from './hostile-store.ts';
import { probe, prune } from './members.ts';
import { seededRandom, type Random } from './random.ts';
import type { Actor } from './scheduler.ts';
import { withIdentitiesFrom } from './seeded-identities.ts';
import { createWorld, DAY_MS, HOUR_MS, type Conditions, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** A grace ends, a lease, the age at which leftovers are collected. */
const LONG_PAUSES: [number, number, number] = [2 * HOUR_MS, 30 * HOUR_MS, 9 * DAY_MS];

export interface SimulationResult {
  /** What must not be. */
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  readonly operations: number;
}

export interface SimulationOptions extends CastOptions {
  /** How the stores differ from honest ones. */
  readonly manner?: Partial<Manner>;
  /** Somebody finds out what the stores do before anybody works on them. */
  readonly probed?: boolean;
}

/** Lets a world of writers, prunes and readers run as the seed says, then sees what is left of it. */
export function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const random = seededRandom(seed);
  return withIdentitiesFrom(random, async () => {
    const world = await createWorld(random, conditionsFrom(random, options));
    if (options.probed === true) await luckily(world, probe);
    if (random.chance(0.5)) await condemnFirst(world);
    const delusions = await liveThrough(world, options);
    // Where every prune is refused, nobody tidies up.
    const rest = await (options.probed === true ? findings(world, 'afterwards') : aftermath(world));
    const { history, scheduler } = world;
    return {
      problems: [...history.violations, ...delusions, ...rest],
      trace: scheduler.trace,
      operations: history.operations(),
    };
  });
}

function conditionsFrom(random: Random, { manner }: SimulationOptions): Conditions {
  const isCalm = random.chance(0.5);
  const graceMs = random.pick([0, 0, HOUR_MS]);
  return {
    targets: random.chance(0.15) ? 2 : 1,
    graceMs,
    chances: {
      fails: isCalm ? 0 : 0.02,
      loses: isCalm ? 0 : 0.02,
      goesOn: random.pick([0, 0.5, 0.8, 0.95]),
      stalls: random.pick([0, 0.03, 0.1]),
    },
    skewMs: random.pick([0, 4 * MINUTE_MS]),
    steps: random.chance(0.2),
    longestPauseMs: random.pick(graceMs > 0 ? LONG_PAUSES : [MINUTE_MS, ...LONG_PAUSES]),
    hasSecondChain: random.chance(0.8),
    manner: { ...HONEST, ...mannerFrom(random), ...manner },
    uploadParts: random.chance(0.1) ? random.pick([3, 6, 250]) : 0,
  };
}

/** Of what the contract allows. */
function mannerFrom(random: Random): Partial<Manner> {
  return { pageSize: random.chance(0.1) ? random.pick([1, 3, 8]) : 0, conflicts: random.pick([0, 0, 0.05]) };
}

/** What retention releases waits for its deletion from the start, and its grace is over. */
async function condemnFirst(world: World): Promise<void> {
  if (world.conditions.graceMs === 0) return;
  await luckily(world, prune);
  world.pass(2 * world.conditions.graceMs);
}

/** Everybody at once, some of them to their death. */
async function liveThrough(world: World, options: CastOptions): Promise<string[]> {
  const { random, scheduler } = world;
  const delusions: string[] = [];
  for (const [name, work] of castOf(world, options)) {
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
