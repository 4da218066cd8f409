import { formatDuration } from '../../domain/duration.ts';
import { isRestorePoint, needsParent } from '../../domain/mode.ts';
import type { ResourceSpec } from '../../domain/plan.ts';
import { formatBytes } from '../../domain/size.ts';
import type { NewestSnapshot, ResourceStatus, StatusCheck, StatusFinding } from '../../domain/status.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { FailureStreak } from '../back-off.ts';
import { nextDueMs } from '../due.ts';
import type { Belongings } from '../belonging.ts';
import { freshUntilMs, type History } from '../history.ts';
import { lackingCopies, type LackingCopy } from '../lacking-copies.ts';
import { bytesOf, rawBytesOf } from '../snapshot-size.ts';
import type { Reaches } from '../reaches.ts';
import type { TickMemory } from '../tick-memory.ts';
import { lateness, type Lateness } from './lateness.ts';
import { worstOf } from './severity.ts';

export interface ResourceContext {
  readonly nowMs: number;
  readonly ticks: TickMemory;
  /** Targets that were read in full. */
  readonly read: ReadonlySet<string>;
  readonly history: History;
  readonly belongings: Belongings;
  readonly reaches: Reaches;
  /** Every snapshot of the resource, newest last. */
  readonly all: readonly Snapshot[];
  readonly failures?: FailureStreak;
}

export interface AssessedResource {
  readonly status: ResourceStatus;
  readonly findings: readonly StatusFinding[];
}

/** Freshness, size and copies of one resource. A disabled one is told of and not judged. */
export function assessResource(resource: ResourceSpec, context: ResourceContext): AssessedResource {
  const points = context.history.good.filter(({ mode }) => isRestorePoint(mode));
  const late = lateness(resource, context);
  const findings = resource.enabled ? findingsOf(resource, context, { points, late }) : [];
  const next = resource.schedules.flatMap(
    ({ schedule }) => nextDueMs(resource.name, schedule, context) ?? [],
  );
  const [newest] = points;
  const { rpoMs } = resource.objectives;
  const status: ResourceStatus = {
    resource: resource.name,
    type: resource.type,
    enabled: resource.enabled,
    severity: worstOf(findings),
    restorePoints: points.length,
    ...(newest === undefined ? {} : { newest: newestOf(newest, context) }),
    ...(next.length === 0 ? {} : { nextMs: Math.min(...next) }),
    ...(late === undefined ? {} : { overdueMs: late.overdueMs }),
    ...(rpoMs === undefined ? {} : { rpoMs }),
  };
  return { status, findings };
}

interface Evidence {
  /** Good restore points, newest first. */
  readonly points: readonly Snapshot[];
  readonly late: Lateness | undefined;
}

type Severe = StatusFinding['severity'];
type Remark = readonly [check: StatusCheck, severity: Severe, message: string];

function findingsOf(
  resource: ResourceSpec,
  context: ResourceContext,
  { points, late }: Evidence,
): StatusFinding[] {
  const [newest] = points;
  const remarks: readonly (Remark | undefined)[] = [
    newest === undefined ? neverTaken(resource) : undefined,
    late === undefined ? undefined : ['freshness', late.severity, late.message],
    ...(newest === undefined ? [] : ageRemarks(resource, ageOf(newest, context))),
    sizeRemark(resource, points),
    ...copiesRemarks(resource, points, context),
    damageRemark(context.all),
    clockRemark(context.history),
    failureRemark(context),
  ];
  return remarks.flatMap((remark) => {
    if (remark === undefined) return [];
    const [check, severity, message] = remark;
    return [{ check, severity, subject: { kind: 'resource', name: resource.name }, message }];
  });
}

function neverTaken(resource: ResourceSpec): Remark | undefined {
  if (!resource.schedules.some(({ mode }) => isRestorePoint(mode))) return undefined;
  return ['never-taken', 'critical', 'has no good restore point'];
}

function ageRemarks({ objectives, monitor }: ResourceSpec, ageMs: number): (Remark | undefined)[] {
  const beyond = (limitMs: number | undefined, check: StatusCheck, name: string): Remark | undefined =>
    limitMs !== undefined && ageMs > limitMs
      ? [
          check,
          'critical',
          `newest restore point is ${formatDuration(ageMs)} old, ${name} is ${formatDuration(limitMs)}`,
        ]
      : undefined;
  return [beyond(objectives.rpoMs, 'rpo', 'rpo'), beyond(monitor.maxAgeMs, 'max-age', 'maxAge')];
}

/** An incremental is small by nature, so the newest complete one is looked at. */
function sizeRemark({ monitor }: ResourceSpec, points: readonly Snapshot[]): Remark | undefined {
  const complete = points.find(({ mode }) => !needsParent(mode));
  const limit = monitor.minSizeBytes;
  if (complete === undefined || limit === undefined || rawBytesOf(complete) >= limit) return undefined;
  return [
    'min-size',
    'warning',
    `newest ${complete.mode} holds ${formatBytes(rawBytesOf(complete))}, minSize is ${formatBytes(limit)}`,
  ];
}

function copiesRemarks(
  resource: ResourceSpec,
  good: readonly Snapshot[],
  context: ResourceContext,
): Remark[] {
  const lacking = lackingCopies(resource, { good, ...context });
  const usual = lacking.filter(({ snapshot }) => snapshot === good[0]);
  const states = usual.map(({ target, state }) => `${state} on ${target}`);
  const earlier = lacking.filter(({ snapshot }) => snapshot !== good[0]);
  return [
    ...(usual.length === 0 ? [] : [`newest restore point is ${states.join(', ')}${repairText(usual)}`]),
    ...earlier.map(
      (one) =>
        `${one.snapshot.id}, the newest restore point for ${one.target}, is ${one.state} there${repairText([one])}`,
    ),
  ].map((message) => ['copies', 'warning', message]);
}

function repairText(lacking: readonly LackingCopy[]): string {
  const made = lacking.filter(({ copyable }) => copyable).map(({ target }) => target);
  if (made.length === 0) return '';
  return ` (the next apply copies it${lacking.length === 1 ? '' : ` to ${made.join(', ')}`})`;
}

function damageRemark(all: readonly Snapshot[]): Remark | undefined {
  const newest = all.findLast(({ mode }) => isRestorePoint(mode));
  if (newest === undefined || newest.good) return undefined;
  return ['damage', 'warning', `newest snapshot ${newest.id} is not good: ${newest.defect ?? 'damaged'}`];
}

function clockRemark({ fromFuture }: History): Remark | undefined {
  const [latest] = fromFuture;
  if (latest === undefined) return undefined;
  return ['clock', 'warning', `${latest.id} is dated in the future; a clock was wrong`];
}

function failureRemark({ failures }: ResourceContext): Remark | undefined {
  if (failures === undefined) return undefined;
  const times =
    failures.count === 1 ? 'the last run failed' : `the last ${String(failures.count)} runs failed`;
  return ['failures', 'warning', times];
}

function newestOf(snapshot: Snapshot, context: ResourceContext): NewestSnapshot {
  const { id, mode, consistentAtMs, record, copies } = snapshot;
  const unchangedMs = freshUntilMs(context.history) ?? consistentAtMs;
  return {
    id,
    mode,
    consistentAtMs,
    ...(unchangedMs > consistentAtMs ? { unchangedMs } : {}),
    ageMs: ageOf(snapshot, context),
    bytes: bytesOf(snapshot),
    rawBytes: rawBytesOf(snapshot),
    durationMs: record.durationMs,
    copies: copies.map(({ target, state }) => ({ target, state })),
  };
}

/** An unchanged source makes its newest snapshot younger. */
function ageOf({ consistentAtMs }: Snapshot, { history, nowMs }: ResourceContext): number {
  return Math.max(nowMs - (freshUntilMs(history) ?? consistentAtMs), 0);
}
