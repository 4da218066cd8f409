import type { KeyFacts } from '../../domain/cryptography.ts';
import type { Plan } from '../../domain/plan.ts';
import type { StatusFinding, StatusReport } from '../../domain/status.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import type { SpaceFacts } from '../../domain/target.ts';
import { failureStreaks } from '../back-off.ts';
import { rememberBelongings } from '../belonging.ts';
import { groupByResource, historiesOf } from '../history.ts';
import { judgePolicies } from '../policies.ts';
import { rememberReaches } from '../reaches.ts';
import { rememberTicks } from '../tick-memory.ts';
import { assessKeys, assessSigners } from './assess-keys.ts';
import { brokenAnnouncements, type AnnouncementsInput } from './announcements.ts';
import { assessResource, type AssessedResource } from './assess-resource.ts';
import { assessTargets } from './assess-targets.ts';
import { worstFirst, worstOf } from './severity.ts';

export interface StatusInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
  /** The recipients' and signers' public keys. */
  readonly keys: readonly KeyFacts[];
  /** By target, where the store can say. */
  readonly spaces: ReadonlyMap<string, SpaceFacts>;
}

/** Compares what exists with what the plan promises, for every host: is there anything to worry about? */
export function assessStatus({ plan, catalog, nowMs, keys, spaces }: StatusInput): StatusReport {
  const historyOf = historiesOf(catalog, nowMs);
  const byResource = groupByResource(catalog.snapshots);
  const streaks = failureStreaks(catalog.events);
  const ticks = rememberTicks();
  const reaches = rememberReaches(byResource, { plan, catalog });
  const belongings = rememberBelongings({ catalog, byResource, reaches, nowMs, ticks });
  const assessed = Object.values(plan.resources).map((resource) => {
    const streak = streaks.get(resource.name);
    const failures = streak === undefined ? {} : { failures: streak };
    const all = byResource.get(resource.name) ?? [];
    return assessResource(resource, {
      nowMs,
      ticks,
      read: catalog.read,
      history: historyOf(resource.name),
      belongings,
      reaches,
      all,
      ...failures,
    });
  });
  const targets = assessTargets({ plan, catalog, spaces });
  const findings = [
    ...assessed.flatMap((one) => one.findings),
    ...judgePolicies({ plan, catalog, nowMs, historyOf, belongings }),
    ...targets.findings,
    ...staleTargets({ plan, catalog, nowMs }, assessed),
    ...assessKeys(keys, nowMs),
    ...assessSigners(plan.signing, nowMs),
  ].sort(worstFirst);
  return {
    plan: plan.name,
    atMs: nowMs,
    severity: worstOf(findings),
    resources: assessed.map(({ status }) => status),
    targets: targets.targets,
    findings,
    exitCode: exitCodeOf(findings, catalog, plan),
  };
}

/** A resource that is late everywhere has been told of. */
function staleTargets(input: AnnouncementsInput, assessed: readonly AssessedResource[]): StatusFinding[] {
  const late = new Set(
    assessed.flatMap(({ status }) => (status.overdueMs === undefined ? [] : [status.resource])),
  );
  return brokenAnnouncements(input)
    .filter(({ resource }) => !late.has(resource))
    .map(({ target, message }) => ({
      check: 'freshness',
      severity: 'critical',
      subject: { kind: 'target', name: target },
      message,
    }));
}

/** What will be a problem in weeks (a key, a filling disk) is no reason to stop a pipeline today. */
function exitCodeOf(
  findings: readonly StatusFinding[],
  catalog: Catalog,
  plan: Plan,
): StatusReport['exitCode'] {
  const isStale = ({ check, severity, subject }: StatusFinding) =>
    check !== 'catalog' && (severity === 'critical' || subject.kind === 'resource');
  if (findings.some(isStale)) return 6;
  const allRead = Object.keys(plan.targets).every((target) => catalog.read.has(target));
  return allRead && catalog.problems.length === 0 ? 0 : 9;
}
