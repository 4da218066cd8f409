import { formatDuration } from '../domain/duration.ts';
import { isRestorePoint } from '../domain/mode.ts';
import type { Plan, ResourceSpec } from '../domain/plan.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import type { StatusFinding } from '../domain/status.ts';
import { rememberBelongings, type Belongings } from './belonging.ts';
import { freshUntilMs, groupByResource, historiesOf, type History } from './history.ts';
import { newestMeantFor } from './lacking-copies.ts';
import { lackingPlaces, pairsOf, shared } from './policies-static.ts';
import { rememberReaches } from './reaches.ts';
import { rememberTicks } from './tick-memory.ts';

export interface PolicyQuestion {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
  /** Where the caller has them already. */
  readonly historyOf?: (resource: string) => History;
  readonly belongings?: Belongings;
}

/**
 * Policies judged on what exists: the newest good restore point of each resource. One that has none
 * is told of elsewhere. A target that was not read may hold a copy, so it is given the benefit.
 */
export function judgePolicies(question: PolicyQuestion): StatusFinding[] {
  const { plan, catalog, nowMs, historyOf, belongings } = question;
  const evidence: Evidence = {
    plan,
    nowMs,
    read: catalog.read,
    historyOf: historyOf ?? historiesOf(catalog, nowMs),
    belongings: belongings ?? belongingsIn(question),
  };
  const enabled = Object.values(plan.resources).filter((resource) => resource.enabled);
  return [...enabled.flatMap((resource) => judgeResource(resource, evidence)), ...judgeSeparation(evidence)];
}

interface Evidence {
  readonly plan: Plan;
  readonly nowMs: number;
  readonly read: ReadonlySet<string>;
  readonly historyOf: (resource: string) => History;
  readonly belongings: Belongings;
}

function belongingsIn({ plan, catalog, nowMs }: PolicyQuestion): Belongings {
  const byResource = groupByResource(catalog.snapshots);
  const reaches = rememberReaches(byResource, { plan, catalog });
  return rememberBelongings({ catalog, byResource, reaches, nowMs, ticks: rememberTicks() });
}

type Severe = StatusFinding['severity'];

function judgeResource(resource: ResourceSpec, evidence: Evidence): StatusFinding[] {
  const history = evidence.historyOf(resource.name);
  const points = history.good.filter(({ mode }) => isRestorePoint(mode));
  const [newest] = points;
  if (newest === undefined) return [];
  const { policies } = evidence.plan;
  return [
    ...judgePlaces(resource, points, evidence),
    ...judgeRecipients(newest, policies),
    ...judgeAge(evidence.nowMs - (freshUntilMs(history) ?? 0), policies),
  ]
    .map((message) => finding(resource.name, 'critical', message))
    .concat(judgeVerification(resource.name, points, evidence));
}

function judgePlaces(resource: ResourceSpec, points: readonly Snapshot[], evidence: Evidence): string[] {
  const { plan, read } = evidence;
  const [newest] = points;
  if (newest === undefined) return [];
  const names = holdersOf(newest);
  const others = (resource.targets[newest.mode] ?? []).filter((name) => !names.includes(name));
  const perhaps = others.filter((name) => !read.has(name) || holdsItsOwn(name, resource, points, evidence));
  const specs = [...names, ...perhaps].flatMap((name) => plan.targets[name] ?? []);
  return lackingPlaces(plan.policies, specs).map((message) => `newest restore point: ${message}`);
}

/** Where the edge has a schedule, the newest that belongs there stands for those that do not. */
function holdsItsOwn(
  target: string,
  resource: ResourceSpec,
  points: readonly Snapshot[],
  { belongings }: Evidence,
): boolean {
  if (resource.edges[target]?.schedule === undefined) return false;
  const own = newestMeantFor(target, resource, points, belongings);
  return own !== undefined && holdersOf(own).includes(target);
}

function holdersOf({ copies }: Snapshot): string[] {
  const whole = copies.filter(
    ({ state }) => state === 'present' || state === 'unknown' || state === 'archived',
  );
  return whole.map(({ target }) => target);
}

function judgeRecipients(newest: Snapshot, { recipients = 0, encrypted }: Plan['policies']): string[] {
  const least = Math.max(recipients, encrypted === 'required' ? 1 : 0);
  if (least === 0) return [];
  const fewest = Math.min(...newest.record.artifacts.map((one) => new Set(one.encryption.recipients).size));
  if (fewest >= least) return [];
  return [`newest restore point: recipients: ${String(fewest)} where the policy asks for ${String(least)}`];
}

function judgeAge(ageMs: number, { maxRpoMs }: Plan['policies']): string[] {
  if (maxRpoMs === undefined || ageMs <= maxRpoMs) return [];
  return [`newest restore point is ${formatDuration(ageMs)} old, maxRpo is ${formatDuration(maxRpoMs)}`];
}

/** A resource is late once nothing of it was verified for that long; the first time counts from its oldest snapshot. */
function judgeVerification(
  resource: string,
  points: readonly Snapshot[],
  { plan, nowMs }: Evidence,
): StatusFinding[] {
  const { verifyEveryMs } = plan.policies;
  if (verifyEveryMs === undefined) return [];
  const looks = points.flatMap(({ verified }) =>
    verified === undefined || verified.level === 'record' ? [] : [verified.atMs],
  );
  const sinceMs = looks.length > 0 ? Math.max(...looks) : Math.min(...points.map((one) => one.committedMs));
  if (nowMs - sinceMs <= verifyEveryMs) return [];
  const what = looks.length > 0 ? `last verified ${formatDuration(nowMs - sinceMs)} ago` : 'never verified';
  return [finding(resource, 'warning', `${what}, verifyEvery is ${formatDuration(verifyEveryMs)}`)];
}

/** Data and the key to it, on one target and open to one key, are lost and stolen together. */
function judgeSeparation({ plan, historyOf }: Evidence): StatusFinding[] {
  return plan.policies.separate.flatMap((names) => {
    const newest = names.flatMap((name) => {
      const found =
        plan.resources[name]?.enabled === true &&
        historyOf(name).good.find((one) => isRestorePoint(one.mode));
      return found ? [found] : [];
    });
    return pairsOf(newest).flatMap(([one, other]) => {
      const targets = shared(holdersOf(one), holdersOf(other));
      const recipients = shared(recipientsOf(one), recipientsOf(other));
      if (targets.length === 0 || recipients.length === 0) return [];
      const message = `shares ${targets.join(', ')} and a recipient with ${other.resource}, policy keeps them apart`;
      return [finding(one.resource, 'critical', message)];
    });
  });
}

function recipientsOf({ record }: Snapshot): string[] {
  return record.artifacts.flatMap(({ encryption }) => encryption.recipients);
}

function finding(resource: string, severity: Severe, message: string): StatusFinding {
  return { check: 'policy', severity, subject: { kind: 'resource', name: resource }, message };
}
