import type { DueBackup, WaitingTarget } from '../domain/due.ts';
import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { Plan, ResourceSpec } from '../domain/plan.ts';
import type { BackupTask, CopyTask } from '../domain/run-graph.ts';
import type { Belongings } from './belonging.ts';
import { nextDueMs, type Wish } from './due.ts';
import { expectedOnEdges } from './expectations.ts';
import type { History } from './history.ts';
import type { PlanRunInput } from './input.ts';
import { lackingCopies } from './lacking-copies.ts';
import { copyTask } from './missing-copies.ts';
import { chooseBasis, lackingChain, type Basis, type SnapshotIndex } from './parent.ts';
import type { Reaches } from './reaches.ts';
import type { TickMemory } from './tick-memory.ts';
import type { Wishes } from './wishes.ts';

/** A snapshot to take, with the reason that `plan` shows. */
export interface PlannedTask {
  readonly task: BackupTask;
  readonly due: DueBackup;
  /** Copies of what it builds on, to targets that lack it. */
  readonly copies: readonly CopyTask[];
}

export interface TaskSources {
  readonly historyOf: (resource: string) => History;
  readonly byId: SnapshotIndex;
  readonly ticks: TickMemory;
  readonly reaches: Reaches;
  readonly belongings: Belongings;
}

/** Turns wishes into tasks: where they go, what they build on, to which barrier they belong. */
export function planTasks(input: PlanRunInput, wishes: Wishes, sources: TaskSources): PlannedTask[] {
  const groupOf = groupsInRun(input.plan, wishes);
  return [...wishes.wanted].flatMap(([name, wanted]) => {
    const resource = input.plan.resources[name];
    if (resource === undefined) return [];
    const group = groupOf.get(name);
    const groupId = group === undefined ? {} : { groupId: `${group}-${input.runId}` };
    return wanted.map((wish) => planTask({ input, resource, wish, sources, groupId }));
  });
}

/** Groups of which a restore point is taken now, by member. */
export function groupsInRun(plan: Plan, { wanted }: Wishes): ReadonlyMap<string, string> {
  const wantsRestorePoint = (name: string) =>
    wanted.get(name)?.some(({ mode }) => isRestorePoint(mode)) === true;
  const groups = Object.values(plan.groups).filter(({ members }) => members.some(wantsRestorePoint));
  return new Map(groups.flatMap(({ name, members }) => members.map((member) => [member, name])));
}

interface TaskRequest {
  readonly input: PlanRunInput;
  readonly resource: ResourceSpec;
  readonly wish: Wish;
  readonly sources: TaskSources;
  readonly groupId: { readonly groupId?: string };
}

function planTask(request: TaskRequest): PlannedTask {
  const { input, resource, wish, sources, groupId } = request;
  const { targets, waiting } = destinationsOf(request);
  const history = sources.historyOf(resource.name);
  const { read } = input.catalog;
  const reachOn = (target: string) => sources.reaches(resource.name, target);
  const { byId } = sources;
  const basis = chooseBasis({ resource, mode: wish.mode, targets, history, byId, reachOn, read });
  const label = input.request.kind === 'backup' ? input.request.label : undefined;
  const shared = {
    resource: resource.name,
    targets,
    ...basis,
    ...groupId,
    ...slotOf(wish),
    ...comparison(request, basis, targets),
    ...expectation(request, basis),
  };
  return {
    task: {
      snapshotId: input.newSnapshotId(),
      ...shared,
      ...(label === undefined ? {} : { label }),
      ...edgeExpectations(request, basis),
    },
    due: {
      ...shared,
      reason: wish.reason,
      ...(wish.overdueMs === undefined ? {} : { overdueMs: wish.overdueMs }),
      ...(waiting.length === 0 ? {} : { waiting }),
    },
    copies: copiesFirst(request, basis, targets),
  };
}

/** What an incremental builds on, to every target that was read and lacks it. */
function copiesFirst(
  { input, resource, sources }: TaskRequest,
  { parentId }: Basis,
  targets: readonly string[],
): readonly CopyTask[] {
  const parent = sources.byId.get(parentId ?? '');
  if (parent === undefined) return [];
  return targets
    .filter((target) => input.catalog.read.has(target))
    .flatMap((target) => {
      const reach = sources.reaches(resource.name, target);
      const lacking = lackingChain(parent, reach, sources.byId);
      const place = { resource, target, reach, nowMs: input.nowMs, ticks: sources.ticks };
      return lacking.map((snapshot) => copyTask(snapshot, place));
    });
}

function slotOf({ slotMs }: Wish): { readonly slotMs?: number } {
  return slotMs === undefined ? {} : { slotMs };
}

interface Destinations {
  readonly targets: readonly string[];
  readonly waiting: readonly WaitingTarget[];
}

/**
 * Where the edge has a schedule, only the first snapshot after each of its ticks goes there. A snapshot
 * that none of the others could take goes everywhere all the same: better there too often than nowhere.
 */
function destinationsOf(request: TaskRequest): Destinations {
  const { input, resource, wish, sources } = request;
  const targets = targetsOf(resource, wish.mode);
  const waiting = targets
    .map((target) => ({ target, tickMs: sources.belongings(resource, target).nextTickMs(wish.mode) }))
    .filter(({ tickMs }) => tickMs > input.nowMs);
  if (waiting.length === 0) return { targets, waiting };
  const now = targets.filter((name) => !waiting.some(({ target }) => target === name));
  if (!now.some((target) => input.catalog.read.has(target))) return { targets, waiting: [] };
  const lacking = lackingTargets(request);
  const told = waiting.map((one) => (lacking.has(one.target) ? { ...one, lacking: true as const } : one));
  return { targets: now, waiting: told };
}

function lackingTargets({ input, resource, sources }: TaskRequest): ReadonlySet<string> {
  const { good } = sources.historyOf(resource.name);
  const { read } = input.catalog;
  return new Set(lackingCopies(resource, { ...sources, good, read }).map(({ target }) => target));
}

/** A fallback goes where the snapshot that it replaces would have gone. */
function targetsOf(resource: ResourceSpec, mode: Mode): readonly string[] {
  return resource.targets[mode] ?? Object.values(resource.targets)[0] ?? [];
}

/**
 * The snapshot that an unchanged source would only repeat. A member of a group is captured with the
 * others in any case, a copy that is missing somewhere and cannot be copied there is made up for, and
 * a labelled fallback is there to begin a new chain.
 */
function comparison(
  { input, resource, wish, sources, groupId }: TaskRequest,
  { mode, fallback }: Basis,
  targets: readonly string[],
): { readonly unlessEqualTo?: string } {
  if (wish.onlyChanges !== true || groupId.groupId !== undefined) return {};
  if (fallback !== undefined || !isRestorePoint(mode)) return {};
  const newest = sources.historyOf(resource.name).good.find((one) => isRestorePoint(one.mode));
  if (newest?.record.resourceType !== resource.type) return {};
  const readable = targets.filter((target) => input.catalog.read.has(target));
  const willBe = (target: string) => {
    const standing = sources.reaches(resource.name, target).get(newest.id);
    const belongs = () => sources.belongings(resource, target).has(newest);
    return standing?.state === 'here' || (standing !== undefined && belongs());
  };
  return readable.every(willBe) ? { unlessEqualTo: newest.id } : {};
}

/** The next tick of any schedule that this snapshot belongs to; restore points relieve each other. */
function expectation(
  { input, resource, sources }: TaskRequest,
  { mode }: Basis,
): { readonly nextExpectedByMs?: number } {
  const family = resource.schedules.filter((one) =>
    isRestorePoint(mode) ? isRestorePoint(one.mode) : one.mode === mode,
  );
  const context = { nowMs: input.nowMs, ticks: sources.ticks };
  const next = family.flatMap(({ schedule }) => nextDueMs(resource.name, schedule, context) ?? []);
  return next.length === 0 ? {} : { nextExpectedByMs: Math.min(...next) };
}

function edgeExpectations(
  { input, resource, sources }: TaskRequest,
  { mode }: Basis,
): { readonly nextExpectedOn?: Readonly<Record<string, number>> } {
  const expected = expectedOnEdges(resource, { mode, shownMs: input.nowMs }, sources.ticks);
  return Object.keys(expected).length === 0 ? {} : { nextExpectedOn: expected };
}
