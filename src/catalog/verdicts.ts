import { VERIFY_LEVELS, type EventRecord, type VerifyLevel } from '../domain/snapshot.ts';
import { factsOf } from './event-facts.ts';

/** What verify events say about copies and snapshots. */
export interface Verdicts {
  /** The check that failed last and was not passed since, at its level or a deeper one. */
  isDamaged(snapshotId: string, target: string): boolean;
  /** Deepest level that a copy passed, and when last. */
  verified(snapshotId: string): { readonly level: VerifyLevel; readonly atMs: number } | undefined;
}

interface Check {
  readonly target: string;
  readonly passed: boolean;
  readonly level: VerifyLevel;
  readonly atMs: number;
}

export function verdictsOf(events: readonly EventRecord[]): Verdicts {
  const checks = new Map<string, Check[]>();
  for (const event of events) {
    const { event: kind, facts } = factsOf(event);
    if (kind !== 'verify') continue;
    const check = {
      target: facts.target,
      passed: facts.result === 'passed',
      level: facts.level,
      atMs: Date.parse(event.at),
    };
    checks.set(facts.snapshotId, [...(checks.get(facts.snapshotId) ?? []), check]);
  }
  return {
    isDamaged: (snapshotId, target) =>
      isDamaged((checks.get(snapshotId) ?? []).filter((check) => check.target === target)),
    verified: (snapshotId) => deepest((checks.get(snapshotId) ?? []).filter(({ passed }) => passed)),
  };
}

function isDamaged(checks: readonly Check[]): boolean {
  return checks.some(
    (failure) =>
      !failure.passed &&
      !checks.some((check) => check.passed && check.atMs > failure.atMs && depth(check) >= depth(failure)),
  );
}

function deepest(checks: readonly Check[]): { level: VerifyLevel; atMs: number } | undefined {
  const [best] = checks.toSorted((left, right) => depth(right) - depth(left) || right.atMs - left.atMs);
  return best === undefined ? undefined : { level: best.level, atMs: best.atMs };
}

function depth({ level }: Check): number {
  return VERIFY_LEVELS.indexOf(level);
}
