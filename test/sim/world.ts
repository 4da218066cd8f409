import { newSnapshotId } from '../../src/catalog/ids.ts';
import { parseKey } from '../../src/catalog/keys.ts';
import { initRepository, type Repository } from '../../src/catalog/repository.ts';
import type { Clock, Timers } from '../../src/domain/clock.ts';
import { USUAL_TARGET_LIMITS } from '../../src/domain/plan.ts';
import type { Plan, RetentionPolicy } from '../../src/domain/plan.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import { at, plan as planOf, resource } from '../planner/builders.ts';
import { createMemoryStore, createMemoryTarget, type MemoryStore } from '../support/memory-target.ts';
import { valueOf } from '../support/results.ts';
import { commitSample, sampleRecord } from '../support/sample-records.ts';
import { actingTarget } from './acting-target.ts';
import { createHistory, type History } from './history.ts';
import { HONEST, hostileStore, type Manner } from './hostile-store.ts';
import { keyedSigner, keyedVerifier } from './keyed-signing.ts';
import type { Random } from './random.ts';
import { createScheduler, type Actor, type Chances, type Operation, type Scheduler } from './scheduler.ts';
import { worldTimers } from './world-timers.ts';

export const PLAN = 'acme';
export const RESOURCE = 'files';
export const signer = keyedSigner('A'.repeat(40));
export const verifier = keyedVerifier();

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-11-21T02:00:00.000Z');

/** How one world differs from another. */
export interface Conditions {
  readonly targets: number;
  readonly graceMs: number;
  readonly chances: Chances;
  /** Clocks are wrong by up to this much, and may step back by a day. */
  readonly skewMs: number;
  readonly steps: boolean;
  /** That much time may pass between two operations. */
  readonly longestPauseMs: number;
  /** There is a newer chain, so that retention releases the first one at once. */
  readonly hasSecondChain: boolean;
  readonly manner: Manner;
  /** An upload takes so many turns, and maybe an hour in each. */
  readonly uploadParts: number;
}

export interface World {
  readonly random: Random;
  readonly conditions: Conditions;
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly places: readonly Place[];
  /** What somebody knows who read the catalog before the newest chain was there. */
  readonly earlier: Catalog;
  nowMs(): number;
  pass(ms: number): void;
  /** Time for a part of an upload, unless another stands where the protocol assumes that nobody does so long. */
  passPart(actor: Actor): void;
  /** From now on its stores do what they should. */
  becomeHonest(): void;
  /** An actor's own view: its clock, and targets on which it waits for its turns. */
  enter(actor: Actor): Member;
}

export interface Place {
  readonly name: string;
  readonly store: MemoryStore;
  /** Without waiting for turns. */
  readonly repository: Repository;
}

export interface Member {
  readonly actor: Actor;
  readonly clock: MemberClock;
  readonly timers: Timers;
  readonly repositories: ReadonlyMap<string, Repository>;
}

export interface MemberClock extends Clock {
  /** How often a sweep asked it for monotonic time: once for its marks, then before each deletion. */
  asked: number;
  /** Its data lies on a target without a record. */
  isShipping: boolean;
}

export async function createWorld(random: Random, conditions: Conditions): Promise<World> {
  const members: Member[] = [];
  let nowMs = START_MS;
  const history = createHistory(() => nowMs);
  const places = await makePlaces(conditions.targets);
  let manner = conditions.manner;
  const mannerNow = (): Manner => manner;
  const becomeHonest = (): void => {
    manner = HONEST;
  };
  const seen = places.map((place) => {
    const { store, repository } = place;
    const target = hostileStore({ store, target: repository.target, random, mannerNow });
    return { ...place, repository: { ...repository, target } };
  });
  const timers = worldTimers(() => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const { store } of places) store.nowMs = nowMs;
    timers.fire();
  };
  const scheduler = createScheduler({
    random,
    chances: conditions.chances,
    tick: () => pass(pauseBefore(random, conditions, members)),
    observe: (actor, operation) => {
      history.observe(actor, operation);
      noteCommit(places, history, operation);
    },
  });
  const enter = (actor: Actor): Member => {
    const wrong = actor.lucky === true ? { skewMs: 0, steps: false } : conditions;
    const clock = memberClock(random, wrong, () => nowMs);
    const repositories = repositoriesOf(actor, { places: seen, scheduler, conditions });
    const member = { actor, clock, timers, repositories };
    members.push(member);
    return member;
  };
  const passPart = (actor: Actor): void => {
    const busy = members.some((one) => one.actor !== actor && isDelicate(one));
    const waits = scheduler.waiting().some((turn) => turn.actor === actor);
    if (!busy && !waits) pass(random.between(15 * MINUTE_MS, 40 * MINUTE_MS));
  };
  const repositories = places.map(({ repository }) => repository);
  const world = {
    ...{ random, conditions, scheduler, history, places, pass, passPart, becomeHonest, enter },
    plan: simulatedPlan(conditions),
    nowMs: () => nowMs,
  };
  await takeChain(world, 4);
  const earlier = await readCatalog({ plan: PLAN, repositories, unreachable: [], verifier });
  if (conditions.hasSecondChain) await takeChain(world, 2);
  return { ...world, earlier };
}

function noteCommit(places: readonly Place[], history: History, { what, key }: Operation): void {
  const [target = '', path = ''] = key.split(':');
  if (what !== 'create' || parseKey(path)?.kind !== 'snapshot') return;
  const bytes = places.find(({ name }) => name === target)?.store.objects.get(path)?.bytes;
  if (bytes === undefined) return;
  const envelope = JSON.parse(String(bytes)) as { readonly payload: string };
  history.committed(target, JSON.parse(String(Buffer.from(envelope.payload, 'base64'))) as SnapshotRecord);
}

const TARGETS = ['local', 'offsite'];

async function makePlaces(count: number): Promise<Place[]> {
  const places: Place[] = [];
  for (const name of TARGETS.slice(0, count)) {
    const store = createMemoryStore();
    store.nowMs = START_MS - 30 * DAY_MS;
    const target = createMemoryTarget(store, { name, pageSize: 3 });
    await target.open();
    const clock = { nowMs: () => store.nowMs, monotonicMs: () => 0 };
    const first = places[0]?.repository.repoId;
    const repository = await initRepository({
      ...{ target, signer, clock, toolVersion: '0.1.0' },
      ...(first === undefined ? {} : { repoId: first }),
    });
    places.push({ name, store, repository: valueOf(repository) });
  }
  return places;
}

/** Keeps one full and one restore point, so that each new chain releases the one before. */
function simulatedPlan({ targets, graceMs }: Conditions): Plan {
  const policy: RetentionPolicy = {
    ...{ keep: { last: 1 }, minimum: 1, countOnly: 'good', maxDelete: 1 },
    graceMs,
  };
  const names = TARGETS.slice(0, targets);
  const files = resource(RESOURCE, {
    // No tick for longer than any simulation lasts.
    schedules: [at('full', '0 0 29 2 *'), at('incremental', '0 0 29 2 *')],
    retention: { full: policy, incremental: policy },
    targets: { full: names, incremental: names },
  });
  const specs = names.map((name) => {
    return [
      name,
      { name, type: 'memory', options: {}, offsite: false, prune: 'apply', limits: USUAL_TARGET_LIMITS },
    ] as const;
  });
  return planOf([files], [], { digest: `sha256:${'0'.repeat(64)}`, targets: Object.fromEntries(specs) });
}

/**
 * A moment, now and then as long as the conditions allow. Never long where the protocol assumes that
 * nobody stands still: half a day between the look at the lease and a deletion, a week between an
 * upload and its commit.
 */
function pauseBefore(random: Random, { longestPauseMs }: Conditions, members: readonly Member[]): number {
  const short = random.between(1, 500);
  const isCalm = members.some(({ actor }) => isRunning(actor) && actor.lucky);
  if (isCalm || !random.chance(0.03)) return short;
  return short + random.below(members.some(isDelicate) ? MINUTE_MS : longestPauseMs);
}

function isDelicate({ actor, clock }: Member): boolean {
  return isRunning(actor) && (clock.asked > 1 || clock.isShipping);
}

function isRunning({ state }: Actor): boolean {
  return state === 'running';
}

function memberClock(
  random: Random,
  { skewMs, steps }: Pick<Conditions, 'skewMs' | 'steps'>,
  trueMs: () => number,
): MemberClock {
  const skew = skewMs === 0 ? 0 : random.between(-skewMs, skewMs);
  const stepsAt = steps && random.chance(0.3) ? random.between(5, 60) : Infinity;
  let readings = 0;
  const clock = {
    asked: 0,
    isShipping: false,
    nowMs: (): number => {
      readings += 1;
      return trueMs() + skew - (readings > stepsAt ? DAY_MS : 0);
    },
    monotonicMs: (): number => {
      clock.asked += 1;
      return trueMs() - START_MS;
    },
  };
  return clock;
}

function repositoriesOf(
  actor: Actor,
  { places, scheduler, conditions }: Pick<World, 'places' | 'scheduler' | 'conditions'>,
): ReadonlyMap<string, Repository> {
  const { pageSize } = conditions.manner;
  const entries = places.map(({ name, repository }) => {
    const target = actingTarget(repository.target, { scheduler, actor, pageSize });
    return [name, { ...repository, target }] as const;
  });
  return new Map(entries);
}

/** A full and an incremental on it, taken on the days before. */
async function takeChain(
  { places, history }: Pick<World, 'places' | 'history'>,
  daysAgo: number,
): Promise<void> {
  const [fullMs, childMs] = [START_MS - daysAgo * DAY_MS, START_MS - (daysAgo - 1) * DAY_MS];
  const [full, child] = [newSnapshotId(fullMs), newSnapshotId(childMs)];
  for (const { name, store, repository } of places) {
    const commit = async (record: SnapshotRecord): Promise<string> => {
      store.nowMs = Date.parse(record.committed);
      const digest = await commitSample({ store, repository, signer, verifier }, record);
      history.committed(name, record);
      history.reported(name, record.snapshotId);
      return digest;
    };
    const recordSha256 = await commit(sampleRecord(repository, { snapshotId: full }, fullMs));
    const chain = {
      mode: 'incremental',
      root: full,
      level: 1,
      parent: { snapshotId: full, recordSha256 },
    } as const;
    const changes = { snapshotId: child, parents: [recordSha256], chain };
    await commit(sampleRecord(repository, changes, childMs));
    store.nowMs = START_MS;
  }
}
