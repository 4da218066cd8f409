import { formatDuration } from '../domain/duration.ts';
import { isRestorePoint } from '../domain/mode.ts';
import type { Plan, PolicySpec, ResourceSpec, Schedule, TargetSpec } from '../domain/plan.ts';
import { largestGap } from '../schedule/largest-gap.ts';

/** What a plan configures short of its own policies, with the place in the plan that says so. */
export interface PolicyFinding {
  readonly path: (string | number)[];
  /** Lower-case, no full stop. */
  readonly message: string;
}

/** A year has every clock change. */
const WINDOW_DAYS = 366;

/** Judges what is configured; whether it also exists is for a look at the catalog. */
export function policyFindings(plan: Plan, nowMs: number): PolicyFinding[] {
  const gapOf = rememberGaps(nowMs);
  const enabled = Object.values(plan.resources).filter((resource) => resource.enabled);
  const impossible = impossibleFindings(plan);
  const known = new Set(impossible.map(({ path }) => path[1]));
  return [
    ...impossible,
    ...enabled.flatMap((resource) => placesFindings(plan, resource, known)),
    ...enabled.flatMap((resource) => recipientFindings(plan, resource)),
    ...enabled.flatMap((resource) => ageFindings(plan, resource, gapOf)),
    ...separateFindings(plan),
  ];
}

/** What not even a copy on every target of the plan would give. */
function impossibleFindings({ policies, targets }: Plan): PolicyFinding[] {
  return lacking(policies, Object.values(targets)).map(({ what, message }) => ({
    path: ['policies', what],
    message: `${message}, even on every target of the plan`,
  }));
}

/** What these targets together lack of the copies, media, sites and offsite copies that a policy asks for. */
export function lackingPlaces(policy: PolicySpec, targets: readonly TargetSpec[]): string[] {
  return lacking(policy, targets).map(({ message }) => message);
}

interface Lack {
  /** Key of the policy. */
  readonly what: string;
  readonly message: string;
}

function lacking(policy: PolicySpec, targets: readonly TargetSpec[]): Lack[] {
  const own = policy.countSource ? 1 : 0;
  const sites = new Set(targets.map(siteOf));
  if (policy.countSource && targets.every(({ offsite }) => offsite)) sites.add(HERE);
  const counts: readonly (readonly [what: string, wanted: number | undefined, count: number])[] = [
    ['copies', policy.copies, targets.length + own],
    ['media', policy.media, new Set(targets.map(({ media, type }) => media ?? type)).size + own],
    ['sites', policy.sites, sites.size],
    ['offsite', policy.offsite, targets.filter(({ offsite }) => offsite).length],
  ];
  return counts.flatMap(([what, wanted, count]) =>
    wanted === undefined || count >= wanted
      ? []
      : [{ what, message: `${what}: ${String(count)} where the policy asks for ${String(wanted)}` }],
  );
}

const HERE = '(here)';

/** Without a name, everything offsite may be one place, and what is not offsite is where the data is. */
function siteOf({ site, offsite }: TargetSpec): string {
  return site ?? (offsite ? '(offsite)' : HERE);
}

/** Every kind of restore point counts only where all its snapshots go. */
function placesFindings(
  { policies, targets }: Plan,
  resource: ResourceSpec,
  known: ReadonlySet<unknown>,
): PolicyFinding[] {
  const [first = [], ...others] = restorePointModes(resource).map((mode) => resource.targets[mode] ?? []);
  const everywhere = first.filter((name) => others.every((names) => names.includes(name)));
  const specs = everywhere.flatMap((name) => targets[name] ?? []);
  return lacking(policies, specs)
    .filter(({ what }) => !known.has(what))
    .map(({ message }) => ({ path: ['resources', resource.name, 'targets'], message }));
}

function restorePointModes({ schedules, targets }: ResourceSpec): (keyof ResourceSpec['targets'])[] {
  const scheduled = schedules.map(({ mode }) => mode).filter(isRestorePoint);
  if (scheduled.length > 0) return [...new Set(scheduled)];
  return (Object.keys(targets) as (keyof ResourceSpec['targets'])[]).filter(isRestorePoint);
}

function recipientFindings(
  { policies, encryption }: Plan,
  { name, encryption: profile }: ResourceSpec,
): PolicyFinding[] {
  const count = new Set(encryption[profile]?.recipients).size;
  const { recipients: wanted = 0, encrypted } = policies;
  const least = Math.max(wanted, encrypted === 'required' ? 1 : 0);
  if (count >= least) return [];
  const message = `recipients: ${String(count)} where the policy asks for ${String(least)}`;
  return [{ path: ['resources', name, 'encryption'], message }];
}

type GapOf = (schedules: readonly Pick<Schedule, 'cron' | 'timezone'>[]) => number | undefined;

function ageFindings(plan: Plan, resource: ResourceSpec, gapOf: GapOf): PolicyFinding[] {
  const { maxRpoMs } = plan.policies;
  if (maxRpoMs === undefined) return [];
  return [...gapFindings(resource, maxRpoMs, gapOf), ...offsiteFindings(plan, resource, gapOf)];
}

function gapFindings(resource: ResourceSpec, maxRpoMs: number, gapOf: GapOf): PolicyFinding[] {
  const path = ['resources', resource.name, 'schedule'];
  const points = resource.schedules.filter(({ mode }) => isRestorePoint(mode));
  const gapMs = gapOf(points.map(({ schedule }) => schedule));
  if (gapMs === undefined) return [{ path, message: `maxRpo: nothing schedules a restore point` }];
  if (gapMs <= maxRpoMs) return [];
  const message = `maxRpo: gaps of up to ${formatDuration(gapMs)} where the policy allows ${formatDuration(maxRpoMs)}`;
  return [{ path, message }];
}

/** Where copies offsite are asked for and each of them is made less often than the policy allows. */
function offsiteFindings(
  { policies, targets }: Plan,
  { name, edges, ...resource }: ResourceSpec,
  gapOf: GapOf,
): PolicyFinding[] {
  const { offsite = 0, maxRpoMs = Infinity } = policies;
  const away = [...new Set(Object.values(resource.targets).flat())].filter((one) => targets[one]?.offsite);
  const gaps = away.map((target) => {
    const schedule = edges[target]?.schedule;
    return { target, gapMs: schedule === undefined ? 0 : (gapOf([schedule]) ?? Infinity) };
  });
  const [best] = gaps.sort((a, b) => a.gapMs - b.gapMs);
  if (offsite === 0 || best === undefined || best.gapMs <= maxRpoMs) return [];
  const message = `maxRpo: gaps of up to ${formatDuration(best.gapMs)} offsite where the policy allows ${formatDuration(maxRpoMs)}`;
  return [{ path: ['resources', name, 'targets', best.target, 'schedule'], message }];
}

/** Many resources share their schedules. */
function rememberGaps(nowMs: number): GapOf {
  const known = new Map<string, number | undefined>();
  return (schedules) => {
    const key = schedules.map(({ cron, timezone }) => `${timezone} ${cron}`).join('\n');
    if (!known.has(key)) known.set(key, largestGap(schedules, { fromMs: nowMs, days: WINDOW_DAYS })?.gapMs);
    return known.get(key);
  };
}

function separateFindings(plan: Plan): PolicyFinding[] {
  return plan.policies.separate.flatMap((names, index) => {
    const resources = names.flatMap((name) => plan.resources[name] ?? []).filter(({ enabled }) => enabled);
    return pairsOf(resources).flatMap(([one, other]) => {
      const targets = shared(targetsOf(one), targetsOf(other));
      const recipients = shared(recipientsOf(plan, one), recipientsOf(plan, other));
      if (targets.length === 0 || recipients.length === 0) return [];
      const message = `separate: ${one.name} and ${other.name} share ${targets.join(', ')} and a recipient`;
      return [{ path: ['policies', 'separate', index], message }];
    });
  });
}

function targetsOf({ targets }: ResourceSpec): string[] {
  return Object.values(targets).flat();
}

function recipientsOf({ encryption }: Plan, resource: ResourceSpec): readonly string[] {
  return encryption[resource.encryption]?.recipients ?? [];
}

export function pairsOf<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));
}

export function shared(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return [...new Set(some)].filter((one) => known.has(one));
}
