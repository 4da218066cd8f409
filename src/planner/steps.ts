import { isRestorePoint } from '../domain/mode.ts';
import type { Hooks, Limits, Plan } from '../domain/plan.ts';
import type { BackupTask, Step } from '../domain/run-graph.ts';
import { copyStepId, copySteps, distinctCopies } from './copy-steps.ts';
import type { PlannedTask } from './tasks.ts';
import { unitsOf, type Member, type Unit } from './units.ts';
import type { Wishes } from './wishes.ts';

/**
 * hook before → capture → ship and commit on each target, beside copies of what is built on; hook
 * after once all captures of the unit have ended. In a group: the group's hooks around the members' hooks around all captures, so that
 * every member is quiet while any is captured.
 */
export function stepsOf(plan: Plan, wishes: Wishes, planned: readonly PlannedTask[]): Step[] {
  const tasks = planned.map(({ task }) => task);
  const captures = new Map<string, string[]>();
  for (const task of tasks) {
    captures.set(task.resource, [...(captures.get(task.resource) ?? []), `capture ${nameOf(task)}`]);
  }
  const copies = copySteps(plan, distinctCopies(planned.flatMap((one) => one.copies)));
  const backups = unitsOf(plan, wishes, tasks).flatMap((unit) => unitSteps(unit, captures));
  return [...copies, ...backups.map((step) => afterParent(step, copies))];
}

/** A record needs that of its parent on the same target. The data may go there meanwhile. */
function afterParent(step: Step, copies: readonly Step[]): Step {
  if (step.action.kind !== 'commit' || step.action.task.parentId === undefined) return step;
  const { task, target } = step.action;
  const parent = copyStepId({ resource: task.resource, snapshotId: task.parentId ?? '', target });
  return copies.some(({ id }) => id === parent) ? { ...step, needs: [...step.needs, parent] } : step;
}

/** Resources whose captures come first, by the ids of their capture steps. */
type Captures = ReadonlyMap<string, readonly string[]>;

function unitSteps(unit: Unit, captures: Captures): Step[] {
  const { group, members } = unit;
  const inside = new Set(members.map(({ resource }) => resource.name));
  const entry = members.flatMap(({ resource }) =>
    precedents(resource.dependsOn, captures, (name) => !inside.has(name)),
  );
  const opening =
    group === undefined ? [] : hookStep(ownerOfGroup(unit), 'before', { needs: [...new Set(entry)] });
  const quiet = members.flatMap(({ resource }) =>
    hookStep(ownerOf(resource), 'before', { needs: firstOf(idsOf(opening), [...new Set(entry)]) }),
  );
  const barrier = firstOf(idsOf(quiet), idsOf(opening), [...new Set(entry)]);
  const allCaptures = members.flatMap(({ resource }) => captures.get(resource.name) ?? []);
  const ends: UnitEdges = { barrier, inside, allCaptures, captures };
  const inner = members.flatMap((member) => memberSteps(member, ends, idsOf(quiet)));
  const core = [...opening, ...quiet, ...inner];
  return group === undefined ? core : [...core, ...closingSteps(unit, core)];
}

interface UnitEdges {
  readonly barrier: readonly string[];
  readonly inside: ReadonlySet<string>;
  readonly allCaptures: readonly string[];
  readonly captures: Captures;
}

function memberSteps({ resource, tasks }: Member, ends: UnitEdges, quiet: readonly string[]): Step[] {
  const owner = ownerOf(resource);
  const before = quiet.filter((id) => id === hookId(owner, 'before'));
  const predecessors = precedents(resource.dependsOn, ends.captures, (name) => ends.inside.has(name));
  const work = tasks.flatMap((task) => taskSteps(task, resource.limits, [...ends.barrier, ...predecessors]));
  const after = hookStep(owner, 'after', { after: [...before, ...ends.allCaptures] });
  const own = [...before, ...idsOf(work), ...idsOf(after)];
  return [...work, ...after, ...hookStep(owner, 'onFailure', { after: own })];
}

function closingSteps(unit: Unit, core: readonly Step[]): Step[] {
  const owner = ownerOfGroup(unit);
  const settles = ({ action }: Step) =>
    action.kind === 'capture' || (action.kind === 'hook' && action.moment !== 'onFailure');
  const after = hookStep(owner, 'after', { after: idsOf(core.filter(settles)) });
  const ownWork = core.filter(({ action }) => action.kind !== 'hook' || action.moment !== 'onFailure');
  return [...after, ...hookStep(owner, 'onFailure', { after: [...idsOf(ownWork), ...idsOf(after)] })];
}

function taskSteps(task: BackupTask, { timeoutMs, retries }: Limits, needs: readonly string[]): Step[] {
  const name = nameOf(task);
  const shared = { subject: task.resource, timeoutMs, retries };
  const capture: Step = {
    ...shared,
    id: `capture ${name}`,
    action: { kind: 'capture', task },
    needs,
    lane: { kind: 'host' },
  };
  const onTargets = task.targets.flatMap((target): Step[] => {
    const lane = { kind: 'target', target } as const;
    const ship: Step = {
      ...shared,
      id: `ship ${name} → ${target}`,
      action: { kind: 'ship', task, target },
      needs: [capture.id],
      lane,
    };
    return [
      ship,
      {
        ...shared,
        id: `commit ${name} → ${target}`,
        action: { kind: 'commit', task, target },
        needs: [ship.id],
        lane,
      },
    ];
  });
  return [capture, ...onTargets];
}

/** A resource has at most one restore point per run; what else is taken of it is told apart by its mode. */
function nameOf({ resource, mode }: BackupTask): string {
  return isRestorePoint(mode) ? resource : `${resource} ${mode}`;
}

interface HookOwner {
  readonly name: string;
  /** In ids: groups and resources may have the same name. */
  readonly title: string;
  readonly hooks: Hooks;
  readonly timeoutMs: number;
}

function ownerOf({ name, hooks, limits }: Member['resource']): HookOwner {
  return { name, title: name, hooks, timeoutMs: limits.timeoutMs };
}

/** A group has no limits of its own: it gets the longest of its members. */
function ownerOfGroup({ group, members }: Unit): HookOwner {
  const timeoutMs = Math.max(...members.map(({ resource }) => resource.limits.timeoutMs));
  const name = group?.name ?? '';
  return {
    name,
    title: `group ${name}`,
    hooks: group?.hooks ?? { before: [], after: [], onFailure: [] },
    timeoutMs,
  };
}

type Moment = keyof Hooks;

function hookId({ title }: HookOwner, moment: Moment): string {
  return `${moment} ${title}`;
}

/** `after` and `onFailure` are finalizers; whether anything failed is for the handler of the step to say. */
function hookStep(
  owner: HookOwner,
  moment: Moment,
  edges: { needs?: readonly string[]; after?: readonly string[] },
): Step[] {
  const argv = owner.hooks[moment];
  if (argv.length === 0) return [];
  return [
    {
      id: hookId(owner, moment),
      action: { kind: 'hook', owner: owner.name, moment, argv },
      needs: edges.needs ?? [],
      ...(edges.after === undefined ? {} : { after: edges.after }),
      lane: { kind: 'host' },
      timeoutMs: owner.timeoutMs,
      retries: 0,
      subject: owner.name,
    },
  ];
}

function precedents(
  names: readonly string[],
  captures: Captures,
  wanted: (name: string) => boolean,
): string[] {
  return names.filter(wanted).flatMap((name) => captures.get(name) ?? []);
}

function firstOf(...lists: readonly (readonly string[])[]): readonly string[] {
  return lists.find((list) => list.length > 0) ?? [];
}

function idsOf(steps: readonly Step[]): string[] {
  return steps.map(({ id }) => id);
}
