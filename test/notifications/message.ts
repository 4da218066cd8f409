import type { NotificationContext, NotificationMessage } from '../../src/domain/notification.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { noSecrets } from '../support/no-secrets.ts';

export const failureMessage: NotificationMessage = {
  moment: 'failure',
  plan: 'shop',
  runId: 'run-1',
  at: '2026-11-21T02:00:00.000Z',
  summary: '1 of 2 resources failed',
  resources: [
    {
      resource: 'calls',
      state: 'failed',
      code: 'SOURCE_MISSING',
      message: 'database /srv/calls.db does not exist',
    },
    { resource: 'uploads', state: 'succeeded' },
  ],
};

export function contextFor(
  options: JsonObject,
  rest: Partial<NotificationContext> = {},
): NotificationContext {
  return { name: 'ops', options, secrets: noSecrets, signal: new AbortController().signal, ...rest };
}

/** Secrets by name. */
export function secretsOf(values: Readonly<Record<string, string>>): NotificationContext['secrets'] {
  return { read: (name) => Promise.resolve({ ok: true, value: values[name] ?? '' }) };
}
