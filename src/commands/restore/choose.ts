import { failure } from '../../domain/failure.ts';
import { isRestorePoint } from '../../domain/mode.ts';
import type { Plan } from '../../domain/plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { Ports } from '../ports.ts';
import { isSafetySnapshot } from '../../domain/safety-snapshot.ts';
import type { Workspace } from '../workspace.ts';
import type { Selection } from './request.ts';
import { select, selectionOf } from './select.ts';

/** What a command line asks to restore. */
export type Wanted =
  /** `resource[@selector]`. */
  | { readonly kind: 'one'; readonly reference: string }
  /** Every resource of the plan, or the members of a group, as they were at one time; the newest where absent. */
  | { readonly kind: 'all'; readonly atMs?: number }
  | { readonly kind: 'group'; readonly group: string; readonly atMs?: number };

export interface Chosen {
  readonly selections: readonly Selection[];
  /** Resources without a good snapshot of that time. */
  readonly without: readonly string[];
}

export function choose(ports: Ports, workspace: Workspace, wanted: Wanted): Result<Chosen> {
  if (wanted.kind === 'one') {
    const selection = select(ports, workspace, wanted.reference);
    return selection.ok ? ok({ selections: [selection.value], without: [] }) : selection;
  }
  const atMs = wanted.atMs ?? Number.POSITIVE_INFINITY;
  const snapshots =
    wanted.kind === 'all' ? chooseAll(workspace, atMs) : chooseGroup(workspace, { name: wanted.group, atMs });
  if (!snapshots.ok) return snapshots;
  const selections: Selection[] = [];
  for (const snapshot of snapshots.value.values()) {
    const selection = selectionOf(ports, workspace, snapshot);
    if (!selection.ok) return selection;
    selections.push(selection.value);
  }
  const names = wanted.kind === 'all' ? enabledOf(workspace.plan) : [];
  const without = names.filter((name) => !snapshots.value.has(name));
  return selections.length > 0
    ? ok({ selections, without })
    : failed(failure('NOT_FOUND', 'no resource of the plan has a good snapshot of that time'));
}

type ByResource = ReadonlyMap<string, Snapshot>;

function enabledOf({ resources }: Plan): readonly string[] {
  return Object.values(resources).flatMap(({ name, enabled }) => (enabled ? [name] : []));
}

/** Members of a group come from one barrier, also among all. */
function chooseAll(workspace: Workspace, atMs: number): Result<ByResource> {
  const chosen = new Map<string, Snapshot>();
  for (const name of Object.keys(workspace.plan.groups)) {
    const members = barrierOf(workspace, { name, atMs });
    for (const [resource, snapshot] of members ?? [])
      if (!chosen.has(resource)) chosen.set(resource, snapshot);
  }
  for (const name of enabledOf(workspace.plan)) {
    const newest = goodUntil(workspace, atMs).findLast(({ resource }) => resource === name);
    if (!chosen.has(name) && newest !== undefined) chosen.set(name, newest);
  }
  return ok(chosen);
}

interface AskedGroup {
  readonly name: string;
  readonly atMs: number;
}

function chooseGroup(workspace: Workspace, asked: AskedGroup): Result<ByResource> {
  const { groups } = workspace.plan;
  if (groups[asked.name] === undefined) {
    const hint = `Groups: ${Object.keys(groups).join(', ') || 'none'}.`;
    return failed(failure('NOT_FOUND', `the plan has no group "${asked.name}"`, { hint }));
  }
  const members = barrierOf(workspace, asked);
  if (members !== undefined) return ok(members);
  const message = `no good snapshots of all members of group "${asked.name}" were taken together by then`;
  return failed(failure('NOT_FOUND', message));
}

/** The newest barrier of which every member has a good snapshot. */
function barrierOf(workspace: Workspace, { name, atMs }: AskedGroup): ByResource | undefined {
  const members = workspace.plan.groups[name]?.members ?? [];
  const good = goodUntil(workspace, atMs).filter(({ record }) => record.groupId !== undefined);
  const barriers = [...new Set(good.map(({ record }) => record.groupId))].reverse();
  for (const barrier of barriers) {
    const own = good.filter(({ record }) => record.groupId === barrier);
    const found = members.flatMap((member) => own.findLast(({ resource }) => resource === member) ?? []);
    if (members.length > 0 && found.length === members.length)
      return new Map(found.map((one) => [one.resource, one]));
  }
  return undefined;
}

/** Oldest first. */
function goodUntil({ catalog }: Workspace, atMs: number): readonly Snapshot[] {
  return catalog.snapshots
    .filter((one) => one.good && isRestorePoint(one.mode) && one.consistentAtMs <= atMs)
    .filter((one) => !isSafetySnapshot(one))
    .sort((a, b) => a.consistentAtMs - b.consistentAtMs || (a.id < b.id ? -1 : 1));
}
