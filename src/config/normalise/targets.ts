import type { ResourceSpec, TargetEdge, TargetLimits } from '../../domain/plan.ts';
import { parseBandwidth, parseTimeLimit } from '../../domain/quantity.ts';
import type { PlanDocument, Target, TargetChoice } from '../generated/plan-document.ts';
import { BUILT_IN } from './built-in.ts';
import { mapValues, normaliseRetention } from './retention.ts';
import { normaliseSchedule } from './schedule.ts';

export function targetNames(choice: TargetChoice = []): readonly string[] {
  return Array.isArray(choice) ? choice : Object.keys(choice);
}

export function edgesOf(choice: TargetChoice | undefined, document: PlanDocument): ResourceSpec['edges'] {
  if (choice === undefined || Array.isArray(choice)) return {};
  return mapValues(choice, ({ retention, schedule, storageClass }) => ({
    ...(retention === undefined ? {} : { retention: normaliseRetention(retention, document) }),
    ...(schedule === undefined ? {} : { schedule: ticksOf(schedule, document) }),
    ...(storageClass === undefined ? {} : { storageClass }),
  }));
}

function ticksOf(choice: string, document: PlanDocument): NonNullable<TargetEdge['schedule']> {
  const { cron, timezone } = normaliseSchedule(choice, document);
  return { cron, timezone };
}

export function targetLimits(written: Target['limits']): TargetLimits {
  const { limits } = BUILT_IN.target;
  const { bandwidth, concurrency = limits.concurrency, idleTimeout = limits.idleTimeout } = written ?? {};
  return {
    concurrency,
    idleTimeoutMs: parseTimeLimit(idleTimeout) ?? 0,
    ...(bandwidth === undefined ? {} : { bandwidth: parseBandwidth(bandwidth) ?? 0 }),
  };
}
