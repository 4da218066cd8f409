import type { Mode } from '../domain/mode.ts';
import type { RetentionPolicy } from '../domain/plan.ts';
import { isSafetySnapshot } from '../domain/safety-snapshot.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { chainsOf } from './chains.ts';
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
 * `minimum` of them stay, and always the newest. A pin keeps what it names and takes nobody's place.
 * Chains stay whole: one kept member keeps all the others. A snapshot that is not good takes nobody's
 * place either, and stays until the policy has passed its time; nor does what a restore has saved, or it
 * would be the newest of its day instead of the backup that was restored.
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
  for (const { id, pinned } of snapshots) {
    if (pinned !== undefined && (pinned.untilMs ?? Infinity) > input.nowMs) reasons.get(id)?.push('pinned');
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
  const good = snapshots.filter(
    (snapshot) => snapshot.good && !isSuspect(snapshot) && !isSafetySnapshot(snapshot),
  );
  for (const [id, why] of policyReasons(policy, good, { timezone, nowMs })) reasons.get(id)?.push(...why);
  keepMinimum(good, policy.minimum, reasons);
  keepBystanders(snapshots, good, reasons);
}

function keepMinimum(good: readonly Snapshot[], minimum: number, reasons: Reasons): void {
  const isKept = ({ id }: Snapshot) => (reasons.get(id)?.length ?? 0) > 0;
  const newestIsMissing = good.slice(0, 1).some((newest) => !isKept(newest));
  const missing = Math.max(minimum - good.filter(isKept).length, newestIsMissing ? 1 : 0);
  for (const { id } of good.filter((snapshot) => !isKept(snapshot)).slice(0, missing))
    reasons.get(id)?.push('minimum');
}

function keepBystanders(snapshots: readonly Snapshot[], good: readonly Snapshot[], reasons: Reasons): void {
  const oldest = good.findLast(({ id }) => (reasons.get(id)?.length ?? 0) > 0);
  for (const snapshot of snapshots) {
    if (oldest !== undefined && newestFirst(oldest, snapshot) < 0) continue;
    if (!snapshot.good) reasons.get(snapshot.id)?.push(`not good: ${snapshot.defect ?? 'damaged'}`);
    else if (isSafetySnapshot(snapshot)) reasons.get(snapshot.id)?.push('saved before a restore');
  }
}

/** Of a chain that stays, the members without a reason of their own name the newest one that has any. */
function keepChains(snapshots: readonly Snapshot[], reasons: Reasons): void {
  for (const members of chainsOf(snapshots).values()) {
    const holders = members.filter(({ id }) => (reasons.get(id)?.length ?? 0) > 0).sort(newestFirst);
    const [holder] = holders;
    if (holder === undefined || holders.length === members.length) continue;
    for (const { id } of members) {
      const why = reasons.get(id);
      if (why?.length === 0) why.push(`chain of ${holder.id}`);
    }
  }
}

function newestFirst(a: Snapshot, b: Snapshot): number {
  return b.consistentAtMs - a.consistentAtMs || (a.id < b.id ? 1 : -1);
}
