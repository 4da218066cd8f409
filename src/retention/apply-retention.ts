import type { Mode } from '../domain/mode.ts';
import type { RetentionPolicy } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { policyReasons } from './policy-reasons.ts';

export interface RetentionInput {
  /** By mode; a mode without one keeps everything. */
  readonly policies: Readonly<Partial<Record<Mode, RetentionPolicy>>>;
  /** All snapshots of one resource, whatever their order. */
  readonly snapshots: readonly Snapshot[];
  readonly timezone: string;
  readonly nowMs: number;
}

/** Newest first. Every snapshot is in exactly one of the two. */
export interface RetentionDecision {
  readonly keep: readonly KeptSnapshot[];
  readonly remove: readonly string[];
}

export interface KeptSnapshot {
  readonly id: string;
  readonly reasons: readonly string[];
}

/** Clocks of several writers may differ by this much. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * Which snapshots a policy keeps, and why. Only good ones count, each mode for itself; at least
 * `minimum` of them stay, and never fewer than one. What a kept snapshot is built on stays with it.
 * A snapshot that is not good takes nobody's place, and stays until the policy has passed its time.
 */
export function applyRetention(input: RetentionInput): RetentionDecision {
  const snapshots = [...input.snapshots].sort(newestFirst);
  const reasons = new Map<string, string[]>(snapshots.map(({ id }) => [id, []]));
  for (const mode of new Set(snapshots.map((snapshot) => snapshot.mode))) {
    judgeMode(
      input,
      snapshots.filter((snapshot) => snapshot.mode === mode),
      reasons,
    );
  }
  keepChains(snapshots, reasons);
  const kept = snapshots.flatMap(({ id }) => ({ id, reasons: reasons.get(id) ?? [] }));
  return {
    keep: kept.filter((one) => one.reasons.length > 0),
    remove: kept.filter((one) => one.reasons.length === 0).map(({ id }) => id),
  };
}

type Reasons = ReadonlyMap<string, string[]>;

function judgeMode(
  { policies, timezone, nowMs }: RetentionInput,
  snapshots: readonly Snapshot[],
  reasons: Reasons,
): void {
  const [first] = snapshots;
  const policy = first === undefined ? undefined : policies[first.mode];
  if (policy === undefined) {
    for (const { id } of snapshots) reasons.get(id)?.push('no policy');
    return;
  }
  const isSuspect = ({ consistentAtMs }: Snapshot) => consistentAtMs > nowMs + CLOCK_TOLERANCE_MS;
  for (const { id } of snapshots.filter(isSuspect)) reasons.get(id)?.push('dated in the future');
  const good = snapshots.filter((snapshot) => snapshot.good && !isSuspect(snapshot));
  for (const [id, why] of policyReasons(policy, good, { timezone, nowMs })) reasons.get(id)?.push(...why);
  keepMinimum(good, Math.max(policy.minimum, 1), reasons);
  keepBystanders(snapshots, good, reasons);
}

function keepMinimum(good: readonly Snapshot[], minimum: number, reasons: Reasons): void {
  const isKept = ({ id }: Snapshot) => (reasons.get(id)?.length ?? 0) > 0;
  const missing = Math.max(minimum - good.filter(isKept).length, 0);
  for (const { id } of good.filter((snapshot) => !isKept(snapshot)).slice(0, missing))
    reasons.get(id)?.push('minimum');
}

function keepBystanders(snapshots: readonly Snapshot[], good: readonly Snapshot[], reasons: Reasons): void {
  const oldest = good.findLast(({ id }) => (reasons.get(id)?.length ?? 0) > 0);
  for (const snapshot of snapshots) {
    if (snapshot.good || (oldest !== undefined && newestFirst(oldest, snapshot) < 0)) continue;
    reasons.get(snapshot.id)?.push(`not good: ${snapshot.defect ?? 'damaged'}`);
  }
}

/** Walks down from every kept snapshot; a parent that is kept anyway says so only once per child. */
function keepChains(snapshots: readonly Snapshot[], reasons: Reasons): void {
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const open = snapshots.filter(({ id }) => (reasons.get(id)?.length ?? 0) > 0);
  for (const { id, record } of open) {
    const parent = byId.get(record.chain.parent?.snapshotId ?? '');
    const why = parent === undefined ? undefined : reasons.get(parent.id);
    if (parent === undefined || why === undefined) continue;
    if (why.length === 0) open.push(parent);
    why.push(`needed by ${id}`);
  }
}

function newestFirst(a: Snapshot, b: Snapshot): number {
  return b.consistentAtMs - a.consistentAtMs || (a.id < b.id ? 1 : -1);
}
