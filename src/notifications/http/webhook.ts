import type { JsonObject } from '../../domain/json.ts';
import type {
  NotificationContext,
  NotificationMessage,
  NotificationType,
} from '../../domain/notification.ts';
import { ok, type Result } from '../../domain/result.ts';
import { deliver } from './deliver.ts';
import { checkEndpoint, endpointProperties, readEndpoint } from './endpoint.ts';

const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...endpointProperties,
    headers: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9-]*$' },
      description: 'Headers of the request, for example for authorization.',
      examples: [{ Authorization: { secret: 'hookToken' } }],
      additionalProperties: {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: false,
        description: 'The value, either a declared secret or plain text.',
        examples: [{ secret: 'hookToken' }, { value: 'backups' }],
        properties: {
          secret: {
            type: 'string',
            'x-secret': true,
            description: 'Name of a secret under `secrets`.',
            examples: ['hookToken'],
          },
          value: { type: 'string', description: 'Plain text that is no secret.', examples: ['backups'] },
        },
      },
    },
  },
};

/** Posts a JSON document `backup-plan/notification@1.0`. */
export const webhookType: NotificationType = {
  type: 'webhook',
  optionsSchema,
  check: checkEndpoint,
  send,
};

async function send(message: NotificationMessage, context: NotificationContext): Promise<Result<void>> {
  const endpoint = await readEndpoint(context);
  if (!endpoint.ok) return endpoint;
  const headers = await readHeaders(context);
  if (!headers.ok) return headers;
  return deliver({
    endpoint: endpoint.value,
    headers: { ...headers.value, 'content-type': 'application/json' },
    body: JSON.stringify({ format: 'backup-plan/notification@1.0', ...message }),
    signal: context.signal,
  });
}

type HeaderOption = Readonly<Record<string, { readonly secret?: string; readonly value?: string }>>;

async function readHeaders({
  options,
  secrets,
}: NotificationContext): Promise<Result<Record<string, string>>> {
  const headers: Record<string, string> = {};
  for (const [name, { secret, value }] of Object.entries((options['headers'] ?? {}) as HeaderOption)) {
    const text = secret === undefined ? ok(value ?? '') : await secrets.read(secret);
    if (!text.ok) return text;
    headers[name.toLowerCase()] = text.value.trim();
  }
  return ok(headers);
}
