import type { GroupSpec, Plan, ResourceSpec } from '../domain/plan.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import { groupsInRun } from './tasks.ts';
import type { Wishes } from './wishes.ts';

/** What is captured together: a resource alone, or the members of a group inside one barrier. */
export interface Unit {
  readonly group?: GroupSpec;
  readonly members: readonly Member[];
}

export interface Member {
  readonly resource: ResourceSpec;
  readonly tasks: readonly BackupTask[];
}

export function unitsOf(plan: Plan, wishes: Wishes, tasks: readonly BackupTask[]): Unit[] {
  const groupOf = groupsInRun(plan, wishes);
  const units = new Map<string, { group?: GroupSpec; members: Member[] }>();
  for (const member of membersOf(plan, tasks)) {
    const group = plan.groups[groupOf.get(member.resource.name) ?? ''];
    const key = group === undefined ? `resource ${member.resource.name}` : `group ${group.name}`;
    const unit = units.get(key) ?? { ...(group === undefined ? {} : { group }), members: [] };
    unit.members.push(member);
    units.set(key, unit);
  }
  return [...units.values()];
}

function membersOf(plan: Plan, tasks: readonly BackupTask[]): Member[] {
  const members = new Map<string, { resource: ResourceSpec; tasks: BackupTask[] }>();
  for (const task of tasks) {
    const resource = plan.resources[task.resource];
    if (resource === undefined) continue;
    const member = members.get(resource.name) ?? { resource, tasks: [] };
    member.tasks.push(task);
    members.set(resource.name, member);
  }
  return [...members.values()];
}
