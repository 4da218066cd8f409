import type { IdleResource } from '../domain/due.ts';
import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { GroupSpec, Plan, ResourceSpec } from '../domain/plan.ts';
import { failureStreaks } from './back-off.ts';
import type { Belongings } from './belonging.ts';
import { judgeDue, type Judgement, type Wish } from './due.ts';
import { strengthOf, type History } from './history.ts';
import { belongsTo } from './host.ts';
import type { PlanRunInput } from './input.ts';
import { lackingCopies } from './lacking-copies.ts';
import type { Reaches } from './reaches.ts';
import type { TickMemory } from './tick-memory.ts';

/** What is wanted, by resource and in the order of the plan, before anything is known about parents. */
export interface Wishes {
  readonly wanted: ReadonlyMap<string, readonly Wish[]>;
  readonly idle: readonly IdleResource[];
}

interface Sources {
  readonly historyOf: (resource: string) => History;
  readonly ticks: TickMemory;
  readonly belongings: Belongings;
  readonly reaches: Reaches;
}

export function gatherWishes(input: PlanRunInput, sources: Sources): Wishes {
  const judge = judgeWith(input, sources);
  const judged = new Map(
    Object.values(input.plan.resources).map((resource) => [resource.name, judge(resource)]),
  );
  for (const group of Object.values(input.plan.groups)) completeGroup(input, group, judged);
  const wanted = new Map<string, readonly Wish[]>();
  const idle: IdleResource[] = [];
  for (const [resource, judgement] of judged) {
    if (judgement.wishes.length > 0) wanted.set(resource, judgement.wishes);
    else if (judgement.idle !== undefined)
      idle.push({ resource, ...judgement.idle, ...missingCopies(resource, input, sources) });
  }
  return { wanted, idle };
}

/** A snapshot that did not reach every target; nothing is due, so no new one makes up for it. */
function missingCopies(
  name: string,
  { plan, catalog, host }: PlanRunInput,
  { historyOf, belongings, reaches }: Sources,
): Pick<IdleResource, 'missing'> {
  const resource = plan.resources[name];
  if (resource === undefined || unavailability(resource, host) !== undefined) return {};
  const { good } = historyOf(name);
  const missing = lackingCopies(resource, { good, belongings, reaches, read: catalog.read }).map(
    ({ target }) => target,
  );
  return missing.length === 0 ? {} : { missing };
}

function judgeWith(
  input: PlanRunInput,
  { historyOf, ticks }: Sources,
): (resource: ResourceSpec) => Judgement {
  const selected = selectionOf(input);
  const failures = input.lastFailures ?? failureStreaks(input.catalog.events);
  return (resource) => {
    const absent = absence(resource, input, selected);
    if (absent !== undefined) return { wishes: [], idle: absent };
    if (input.request.kind === 'repair') return { wishes: [] };
    if (input.request.kind === 'backup') {
      return { wishes: [{ mode: input.request.mode ?? everydayMode(resource) ?? 'full', reason: 'asked' }] };
    }
    const streak = failures.get(resource.name);
    return judgeDue(resource, {
      nowMs: input.nowMs,
      ticks,
      history: historyOf(resource.name),
      ...(streak === undefined ? {} : { failures: streak }),
    });
  };
}

/** Undefined = every resource. A name that the plan does not have is for the caller to refuse. */
function selectionOf({ plan, request }: PlanRunInput): ReadonlySet<string> | undefined {
  const names = request.resources ?? [];
  const unknown = names.find((name) => plan.resources[name] === undefined);
  if (unknown !== undefined) throw new Error(`the plan has no resource ${unknown}`);
  return names.length === 0 ? undefined : new Set(names);
}

type Idle = Omit<IdleResource, 'resource'>;

function absence(
  resource: ResourceSpec,
  { host }: PlanRunInput,
  selected: ReadonlySet<string> | undefined,
): Idle | undefined {
  if (selected?.has(resource.name) === false) return { reason: 'not-selected' };
  return unavailability(resource, host);
}

function unavailability(resource: ResourceSpec, host: string): Idle | undefined {
  if (!resource.enabled) return { reason: 'disabled' };
  return belongsTo(resource.hosts, host)
    ? undefined
    : { reason: 'elsewhere', detail: resource.hosts.join(', ') };
}

/**
 * Members of a group share one barrier: where a restore point of one is wanted, every member with a
 * schedule for restore points is captured with it, even one that is backing off or was not named.
 */
function completeGroup({ plan, host }: PlanRunInput, group: GroupSpec, judged: Map<string, Judgement>): void {
  if (!group.members.some((member) => wantsRestorePoint(judged.get(member)))) return;
  for (const member of membersHere(plan, group, host)) {
    const judgement = judged.get(member.name);
    const mode = everydayMode(member);
    if (judgement === undefined || mode === undefined || wantsRestorePoint(judgement)) continue;
    judged.set(member.name, { wishes: [{ mode, reason: 'with-group' }, ...judgement.wishes] });
  }
}

function membersHere(plan: Plan, group: GroupSpec, host: string): ResourceSpec[] {
  const members = group.members.flatMap((name) => plan.resources[name] ?? []);
  return members.filter((resource) => unavailability(resource, host) === undefined);
}

function wantsRestorePoint(judgement: Judgement | undefined): boolean {
  return judgement?.wishes.some(({ mode }) => isRestorePoint(mode)) === true;
}

/** The cheapest restore point that a resource has a schedule for: what `backup` takes. */
function everydayMode({ schedules }: ResourceSpec): Mode | undefined {
  const modes = schedules.map(({ mode }) => mode).filter(isRestorePoint);
  return modes.sort((a, b) => strengthOf(a) - strengthOf(b))[0];
}
