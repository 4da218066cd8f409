import { Temporal } from 'temporal-polyfill';
import type { RetentionPolicy } from '../../src/domain/plan.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { RetentionInput } from '../../src/retention/apply-retention.ts';

/**
 * The set of kept ids by the wording of the rules, one snapshot at a time and each against all the
 * others. Slow, and shares nothing with the implementation.
 */
export function keptByOracle({ policies, snapshots, timezone, nowMs }: RetentionInput): Set<string> {
  const kept = new Set<string>();
  for (const snapshot of snapshots) {
    const policy = policies[snapshot.mode];
    const peers = snapshots.filter((peer) => peer.mode === snapshot.mode && counts(peer, nowMs));
    if (policy === undefined || isFuture(snapshot, nowMs)) kept.add(snapshot.id);
    else if (snapshot.good && wanted(snapshot, peers, { policy, timezone, nowMs })) kept.add(snapshot.id);
  }
  const floor = snapshots.filter((snapshot) => isFloor(snapshot, snapshots, kept, { policies, nowMs }));
  for (const { id } of floor) kept.add(id);
  const policyKept = new Set(kept);
  const wholeChains = new Set<string>();
  for (const snapshot of snapshots) {
    if (snapshot.good) continue;
    const older = snapshots.filter(
      (peer) => peer.mode === snapshot.mode && counts(peer, nowMs) && policyKept.has(peer.id),
    );
    if (older.length === 0 || older.some((peer) => isNewer(snapshot, peer))) kept.add(snapshot.id);
  }
  for (const { id, pinned } of snapshots) {
    if (pinned !== undefined && (pinned.untilMs === undefined || pinned.untilMs > nowMs)) kept.add(id);
  }
  for (const { id, record } of snapshots) {
    const sameChain = snapshots.filter((one) => one.record.chain.root === record.chain.root);
    if (sameChain.some((one) => kept.has(one.id))) wholeChains.add(id);
  }
  return wholeChains;
}

interface Rules {
  readonly policy: RetentionPolicy;
  readonly timezone: string;
  readonly nowMs: number;
}

function wanted(snapshot: Snapshot, peers: readonly Snapshot[], { policy, timezone, nowMs }: Rules): boolean {
  const { keep } = policy;
  const newer = peers.filter((peer) => isNewer(peer, snapshot));
  if (newer.length < (keep.last ?? 0)) return true;
  const ageMs = nowMs - snapshot.consistentAtMs;
  if (keep.withinMs !== undefined && ageMs <= keep.withinMs) return true;
  const label = snapshot.record.label;
  const labels = Object.entries(keep.labels ?? {});
  if (
    label !== undefined &&
    labels.some(([glob, forMs]) => label.startsWith(glob.replace('*', '')) && ageMs <= forMs)
  )
    return true;
  return (Object.keys(NAMES) as (keyof typeof NAMES)[]).some((period) => {
    const nameOf = (one: Snapshot) =>
      NAMES[period](Temporal.Instant.fromEpochMilliseconds(one.consistentAtMs).toZonedDateTimeISO(timezone));
    const newerNames = new Set(newer.map(nameOf));
    return !newerNames.has(nameOf(snapshot)) && newerNames.size < (keep[period] ?? 0);
  });
}

const NAMES = {
  hourly: (at: Temporal.ZonedDateTime) => `${at.toPlainDate().toString()} ${String(at.hour)}`,
  daily: (at: Temporal.ZonedDateTime) => at.toPlainDate().toString(),
  weekly: (at: Temporal.ZonedDateTime) => `${String(at.yearOfWeek)}-W${String(at.weekOfYear)}`,
  monthly: (at: Temporal.ZonedDateTime) => `${String(at.year)}-${String(at.month)}`,
  yearly: (at: Temporal.ZonedDateTime) => String(at.year),
};

function isFloor(
  snapshot: Snapshot,
  all: readonly Snapshot[],
  kept: ReadonlySet<string>,
  { policies, nowMs }: Pick<RetentionInput, 'policies' | 'nowMs'>,
): boolean {
  const policy = policies[snapshot.mode];
  if (policy === undefined || kept.has(snapshot.id) || !counts(snapshot, nowMs)) return false;
  const peers = all.filter((peer) => peer.mode === snapshot.mode && counts(peer, nowMs));
  if (!peers.some((peer) => isNewer(peer, snapshot))) return true;
  const lacking = policy.minimum - peers.filter((peer) => kept.has(peer.id)).length;
  const rank = peers.filter((peer) => !kept.has(peer.id) && isNewer(peer, snapshot)).length;
  return rank < lacking;
}

function counts(snapshot: Snapshot, nowMs: number): boolean {
  return snapshot.good && !isFuture(snapshot, nowMs);
}

function isFuture({ consistentAtMs }: Snapshot, nowMs: number): boolean {
  return consistentAtMs > nowMs + 300_000;
}

function isNewer(a: Snapshot, b: Snapshot): boolean {
  return a.consistentAtMs > b.consistentAtMs || (a.consistentAtMs === b.consistentAtMs && a.id > b.id);
}
