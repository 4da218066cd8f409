import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { NotificationMoment } from '../../domain/plan.ts';

/** What holds where a plan says nothing, in the plan's own words. */
export const BUILT_IN = {
  plan: {
    timezone: 'UTC',
    onFailure: 'continue',
    // Copies are large, so not the `/tmp` that is often kept in memory.
    scratch: { path: '/var/tmp' },
  },
  encryption: { engine: 'auto' },
  schedule: { jitter: '0s', onMissed: 'run' },
  retention: { minimum: 1, countOnly: 'good', grace: '0s', maxDelete: '30%' },
  target: {
    offsite: false,
    prune: 'apply',
    exclusive: false,
    limits: { concurrency: 4, idleTimeout: '2m' },
  },
  policies: { countSource: false },
  resource: {
    enabled: true,
    compression: { type: 'zstd', level: 3 },
    limits: { timeout: '24h', idleTimeout: '30m', retries: 2, staging: 'auto' },
    source: { maxDrop: '50%', allowEmpty: false },
  },
  notification: { on: ['failure', 'success', 'recovery'] satisfies NotificationMoment[] },
} as const;

/** `value` with the keys that it lacks, at every level; a list or scalar is never mixed. */
export function completed(value: JsonValue | undefined, builtIn: JsonValue): JsonValue {
  if (value === undefined) return builtIn;
  if (!isObject(value) || !isObject(builtIn)) return value;
  const added = Object.entries(builtIn).map(([key, item]) => [key, completed(value[key], item)]);
  return { ...value, ...(Object.fromEntries(added) as JsonObject) };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
