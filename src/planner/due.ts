import type { DueReason, IdleResource } from '../domain/due.ts';
import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { ModeSchedule, ResourceSpec, Schedule } from '../domain/plan.ts';
import { retryAtMs, type FailureStreak } from './back-off.ts';
import { answeredUntilMs, strengthOf, type History } from './history.ts';
import { jitterOf } from './jitter.ts';
import type { TickMemory } from './tick-memory.ts';

/** A mode that a resource wants captured now. */
export interface Wish {
  readonly mode: Mode;
  readonly reason: DueReason;
  readonly slotMs?: number;
  readonly overdueMs?: number;
  /** Only if the source differs from the newest restore point. */
  readonly onlyChanges?: true;
}

export interface Judgement {
  /** At most one restore point, the strongest that is due, and any other modes. */
  readonly wishes: readonly Wish[];
  /** Why nothing is due. */
  readonly idle?: Omit<IdleResource, 'resource'>;
}

export interface DueContext {
  readonly nowMs: number;
  readonly ticks: TickMemory;
  readonly history: History;
  readonly failures?: FailureStreak;
}

type ModeJudgement =
  | { readonly state: 'due'; readonly wish: Wish }
  | { readonly state: 'idle'; readonly idle: Omit<IdleResource, 'resource'> };

/** A tick that nobody took for this long has been missed, for schedules that do not run late. */
const MISSED_AFTER_MS = 3_600_000;

/** Whether the schedules of a resource ask for something now. */
export function judgeDue(resource: ResourceSpec, context: DueContext): Judgement {
  if (resource.schedules.length === 0) return { wishes: [], idle: { reason: 'no-schedule' } };
  const strongestFirst = resource.schedules.toSorted((a, b) => strengthOf(b.mode) - strengthOf(a.mode));
  const judged = strongestFirst.map((schedule) => judgeMode(resource.name, schedule, context));
  const wishes = judged.flatMap((one) => (one.state === 'due' ? [one.wish] : []));
  if (wishes.length === 0) return { wishes, idle: foremost(judged) };
  const [restorePoint] = wishes.filter(({ mode }) => isRestorePoint(mode));
  const others = wishes.filter(({ mode }) => !isRestorePoint(mode));
  return { wishes: restorePoint === undefined ? others : [restorePoint, ...others] };
}

/** When a schedule asks a resource next, jitter included. */
export function nextDueMs(
  resource: string,
  schedule: Schedule,
  context: Pick<DueContext, 'nowMs' | 'ticks'>,
): number | undefined {
  const jitterMs = jitterOf(resource, schedule.jitterMs);
  const tick = context.ticks.next(schedule, latestTick(schedule, jitterMs, context) ?? context.nowMs);
  return tick === undefined ? undefined : tick + jitterMs;
}

function judgeMode(resource: string, { mode, schedule }: ModeSchedule, context: DueContext): ModeJudgement {
  const { nowMs, ticks, history } = context;
  const jitterMs = jitterOf(resource, schedule.jitterMs);
  const slotMs = latestTick(schedule, jitterMs, context);
  const answered = answeredUntilMs(history, mode, nowMs);
  const next = nextDueMs(resource, schedule, context);
  const idle = (reason: IdleResource['reason'], nextMs = next): ModeJudgement => ({
    state: 'idle',
    idle: { reason, ...(nextMs === undefined ? {} : { nextMs }) },
  });
  const slot = slotMs === undefined ? {} : { slotMs };
  if (answered !== undefined) {
    if (slotMs === undefined || answered >= slotMs) return idle('within-schedule');
    if (schedule.onMissed === 'skip' && nowMs - slotMs - jitterMs > MISSED_AFTER_MS)
      return idle('missed-skipped');
  }
  const retryMs = backingOffUntil(context, slotMs);
  if (retryMs !== undefined) return idle('backing-off', Math.min(retryMs, next ?? Infinity));
  if (answered === undefined) return { state: 'due', wish: { mode, reason: 'never-taken', ...slot } };
  const missedMs = ticks.next(schedule, answered) ?? nowMs;
  const overdueMs = nowMs - missedMs - jitterMs;
  const onlyChanges = schedule.onlyChanges ? ({ onlyChanges: true } as const) : {};
  return { state: 'due', wish: { mode, reason: 'tick-passed', ...slot, overdueMs, ...onlyChanges } };
}

/** The newest tick whose moment for this resource has come. */
function latestTick(
  schedule: Schedule,
  jitterMs: number,
  { nowMs, ticks }: Pick<DueContext, 'nowMs' | 'ticks'>,
): number | undefined {
  let tick = ticks.last(schedule, nowMs);
  while (tick !== undefined && tick + jitterMs > nowMs) tick = ticks.last(schedule, tick - 1);
  return tick;
}

/** A new tick ends the waiting: the failures were about an older one. */
function backingOffUntil({ nowMs, failures }: DueContext, slotMs: number | undefined): number | undefined {
  if (failures === undefined || failures.lastMs > nowMs) return undefined;
  if (slotMs !== undefined && slotMs > failures.lastMs) return undefined;
  const retryMs = retryAtMs(failures);
  return retryMs > nowMs ? retryMs : undefined;
}

const IDLE_ORDER: readonly IdleResource['reason'][] = ['backing-off', 'missed-skipped', 'within-schedule'];

/** The most telling reason of several modes, with the moment at which any of them asks again. */
function foremost(judged: readonly ModeJudgement[]): Omit<IdleResource, 'resource'> {
  const idle = judged.flatMap((one) => (one.state === 'idle' ? [one.idle] : []));
  const reason =
    IDLE_ORDER.find((candidate) => idle.some((one) => one.reason === candidate)) ?? 'within-schedule';
  const nextMs = Math.min(...idle.map((one) => one.nextMs ?? Infinity));
  return { reason, ...(Number.isFinite(nextMs) ? { nextMs } : {}) };
}
