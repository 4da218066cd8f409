import type { RunOutcome } from '../../domain/events.ts';
import type { NotificationMessage } from '../../domain/notification.ts';
import type { NotificationMoment, Plan } from '../../domain/plan.ts';
import type { Ports } from '../ports.ts';
import { stateOf } from './run-facts.ts';
import { isProtected, type ResourceSummary } from '../../domain/run-report.ts';

const NOTIFY_TIMEOUT_MS = 60_000;

interface NotifyRequest {
  readonly ports: Ports;
  readonly plan: Plan;
  readonly runId: string;
  readonly resources: readonly ResourceSummary[];
  /** What failed beside the resources: a hook after the captures, for one. */
  readonly failures: RunOutcome['failures'];
  /** True where the previous run had failed for one of the resources that succeeded now. */
  readonly recovered: boolean;
}

/** Tells every receiver that asked for this outcome. What they answer changes no result: warnings only. */
export async function notify(request: NotifyRequest): Promise<readonly string[]> {
  const moments = momentsOf(request);
  const sendings = Object.values(request.plan.notifications).flatMap((spec) =>
    moments
      .filter((moment) => spec.on.includes(moment))
      .map(async (moment) => {
        const type = request.ports.notificationTypes.get(spec.type);
        const sent = await type?.send(messageOf(request, moment), {
          name: spec.name,
          options: spec.options,
          secrets: request.ports.secretsOf(request.plan),
          signal: AbortSignal.timeout(NOTIFY_TIMEOUT_MS),
        });
        return sent?.ok === false
          ? [`notification "${spec.name}" was not delivered: ${sent.failure.message}`]
          : [];
      }),
  );
  return (await Promise.all(sendings)).flat();
}

function momentsOf({ resources, failures, recovered }: NotifyRequest): readonly NotificationMoment[] {
  if (failures.length > 0 || !resources.every(isProtected)) return ['failure'];
  return recovered ? ['success', 'recovery'] : ['success'];
}

function messageOf(
  { ports, plan, runId, resources, failures }: NotifyRequest,
  moment: NotificationMoment,
): NotificationMessage {
  return {
    moment,
    plan: plan.name,
    runId,
    at: new Date(ports.clock.nowMs()).toISOString(),
    summary: summaryOf(plan.name, moment, { resources, failures }),
    resources: resources.map(({ resource, state, failure }) => ({
      resource,
      state: stateOf(state),
      ...(failure === undefined ? {} : { code: failure.code, message: failure.message }),
    })),
  };
}

function summaryOf(
  plan: string,
  moment: NotificationMoment,
  { resources, failures }: Pick<NotifyRequest, 'resources' | 'failures'>,
): string {
  const bad = resources.filter((one) => !isProtected(one)).map((one) => one.resource);
  if (moment === 'failure' && bad.length > 0) return `${plan}: backup failed for ${bad.join(', ')}`;
  if (moment === 'failure') {
    const done = resources.length === 0 ? '' : 'backed up, but ';
    return `${plan}: ${done}${failures.map(({ step }) => step).join(', ')} failed`;
  }
  if (moment === 'recovery') return `${plan}: backups work again`;
  const unchanged = resources.filter(({ state }) => state === 'unchanged').length;
  const others = unchanged === 0 ? '' : `, ${String(unchanged)} unchanged`;
  return `${plan}: ${String(resources.length - unchanged)} backed up${others}`;
}
