import type { JsonObject } from '../../domain/json.ts';
import type {
  NotificationContext,
  NotificationMessage,
  NotificationType,
} from '../../domain/notification.ts';
import type { Result } from '../../domain/result.ts';
import { deliver } from './deliver.ts';
import { checkEndpoint, endpointProperties, readEndpoint } from './endpoint.ts';

const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: endpointProperties,
};

/** Pings a check of Healthchecks: the address itself for success and recovery, `/fail` for failure. */
export const healthchecksType: NotificationType = {
  type: 'healthchecks',
  optionsSchema,
  check: checkEndpoint,
  send,
};

async function send(message: NotificationMessage, context: NotificationContext): Promise<Result<void>> {
  const endpoint = await readEndpoint(context);
  if (!endpoint.ok) return endpoint;
  return deliver({
    endpoint: { ...endpoint.value, url: pingUrl(endpoint.value.url, message) },
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: describe(message),
    signal: context.signal,
  });
}

function pingUrl(base: URL, { moment }: NotificationMessage): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, '') + (moment === 'failure' ? '/fail' : '');
  return url;
}

/** Healthchecks keeps the first 10 kB or more of a body, depending on how it is hosted. */
const MAX_BODY_CHARACTERS = 8000;

function describe({ plan, runId, at, summary, resources }: NotificationMessage): string {
  const lines = resources.map(({ resource, state, code, message }) =>
    [`${resource}: ${state}`, code, message].filter((part) => part !== undefined).join(' '),
  );
  return [summary, `plan ${plan}, run ${runId}, ${at}`, ...lines].join('\n').slice(0, MAX_BODY_CHARACTERS);
}
