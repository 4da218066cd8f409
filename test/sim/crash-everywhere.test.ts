import { describe, expect, it } from 'vitest';
import { luckily, findings, settle } from './aftermath.ts';
import { takeNewChain, type Work } from './cast.ts';
import { HONEST } from './hostile-store.ts';
import { backUp, prune, readAll, undelete, writePin } from './members.ts';
import { seededRandom } from './random.ts';
import type { Actor } from './scheduler.ts';
import { withIdentitiesFrom } from './seeded-identities.ts';
import { createWorld, DAY_MS, HOUR_MS, type Conditions, type World } from './world.ts';

interface Scenario {
  readonly graceMs?: number;
  /** What happened before. */
  readonly prepare?: (world: World) => Promise<void>;
  readonly work: Work;
  /** Operations that it takes at least. */
  readonly atLeast: number;
}

type Moment = 'before' | 'after';

const CALM = {
  chances: { fails: 0, loses: 0, goesOn: 1, stalls: 0 },
  skewMs: 0,
  steps: false,
  longestPauseMs: 1,
  manner: HONEST,
  uploadParts: 0,
};
const TIMEOUT_MS = 600_000;

const increment: Work = (world, member) =>
  backUp(world, member, { mode: 'incremental', catalog: world.earlier });

async function condemnFirst(world: World): Promise<void> {
  await luckily(world, prune);
  world.pass(2 * HOUR_MS);
}

async function pinFirstChain(world: World): Promise<void> {
  await condemnFirst(world);
  await luckily(world, async (_world, member) => {
    const [oldest] = (await readAll(member)).snapshots;
    if (oldest !== undefined) await writePin(member, 'pin', oldest);
    return undefined;
  });
}

async function leaveDataWithoutRecord(world: World): Promise<void> {
  await dieAt(world, increment, { at: 9, moment: 'before' });
  world.pass(8 * DAY_MS);
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a backup that builds on a chain that is still good': { work: increment, atLeast: 15 },
  'a full backup and one on it': { work: takeNewChain, atLeast: 30 },
  'a prune that condemns': { graceMs: HOUR_MS, work: prune, atLeast: 20 },
  'a prune that sweeps at once': { work: prune, atLeast: 40 },
  'a prune that sweeps when the grace is over': {
    graceMs: HOUR_MS,
    prepare: condemnFirst,
    work: prune,
    atLeast: 40,
  },
  'a prune that takes a condemnation back': {
    graceMs: HOUR_MS,
    prepare: pinFirstChain,
    work: prune,
    atLeast: 25,
  },
  'an undelete': { graceMs: HOUR_MS, prepare: condemnFirst, work: undelete, atLeast: 20 },
  'a prune that collects what a backup left': { prepare: leaveDataWithoutRecord, work: prune, atLeast: 45 },
};

/** Gives whether it died; where not, it has fewer operations. */
async function dieAt(
  world: World,
  work: Work,
  death: { readonly at: number; readonly moment: Moment },
): Promise<boolean> {
  const actor: Actor = { name: 'somebody', operations: 0, state: 'running', death };
  const member = world.enter(actor);
  world.scheduler.start(actor, async () => {
    await work(world, member);
  });
  await world.scheduler.run();
  return isDead(actor);
}

function isDead({ state }: Actor): boolean {
  return state === 'dead';
}

function scenarioWorld({ graceMs = 0, prepare }: Scenario): Promise<World> {
  const conditions: Conditions = { ...CALM, targets: 1, graceMs, hasSecondChain: true };
  return createWorld(seededRandom(1), conditions).then(async (world) => {
    await prepare?.(world);
    return world;
  });
}

/** Dies at one operation; all that may be wrong then, and after everything was done again. */
async function crash(
  scenario: Scenario,
  at: number,
  moment: Moment,
): Promise<{ readonly died: boolean; readonly problems: readonly string[] }> {
  return withIdentitiesFrom(seededRandom(at), async () => {
    const world = await scenarioWorld(scenario);
    const died = await dieAt(world, scenario.work, { at, moment });
    const problems = [...(await findings(world, 'after the crash')), ...(await settle(world))];
    return { died, problems: [...problems, ...world.history.violations] };
  });
}

describe.each(['before', 'after'] as const)('whoever dies at any operation %s it takes effect', (moment) => {
  it.each(Object.keys(SCENARIOS))(
    'costs nothing, and the next runs tidy up: %s',
    async (name) => {
      const scenario = SCENARIOS[name]!;
      for (let at = 0; ; at += 1) {
        const { died, problems } = await crash(scenario, at, moment);
        expect(problems, `operation ${String(at)}`).toEqual([]);
        if (died) continue;
        expect(at).toBeGreaterThan(scenario.atLeast);
        return;
      }
    },
    TIMEOUT_MS,
  );
});
