import { describe, expect, test } from 'vitest';
import type { NotificationMessage } from '../../src/domain/notification.ts';
import { notificationTypes } from '../../src/notifications/index.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { contextFor, failureMessage, secretsOf } from './message.ts';
import { startReceiver } from './receiver.ts';

const healthchecks = notificationTypes.find(({ type }) => type === 'healthchecks')!;

describe('a ping', () => {
  test.each([
    ['failure', '/8f1a', '/8f1a/fail'],
    ['failure', '/8f1a/', '/8f1a/fail'],
    ['failure', '/ping/slug?create=1', '/ping/slug/fail?create=1'],
    ['success', '/8f1a', '/8f1a'],
    ['recovery', '/8f1a', '/8f1a'],
  ] as const)('on %s goes from %s to %s', async (moment, path, expected) => {
    const { origin, received } = await startReceiver();
    const secrets = secretsOf({ check: origin + path });
    const message: NotificationMessage = { ...failureMessage, moment };
    valueOf(
      await healthchecks.send(message, contextFor({ urlSecret: 'check', allowPrivate: true }, { secrets })),
    );
    expect(received.map((one) => [one.method, one.path])).toEqual([['POST', expected]]);
  });

  test('says in plain text what happened', async () => {
    const { origin, received } = await startReceiver();
    valueOf(await healthchecks.send(failureMessage, contextFor({ url: origin, allowPrivate: true })));
    expect(received[0]?.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(received[0]?.body.split('\n')).toEqual([
      '1 of 2 resources failed',
      'plan shop, run run-1, 2026-11-21T02:00:00.000Z',
      'calls: failed SOURCE_MISSING database /srv/calls.db does not exist',
      'uploads: succeeded',
    ]);
  });

  test('of a thousand resources stays small', async () => {
    const { origin, received } = await startReceiver();
    const resources = Array.from({ length: 1_000 }, (_, at) => ({
      resource: `resource-${String(at)}`,
      state: 'failed' as const,
    }));
    valueOf(
      await healthchecks.send(
        { ...failureMessage, resources },
        contextFor({ url: origin, allowPrivate: true }),
      ),
    );
    expect(received[0]?.body.length).toBe(8_000);
  });

  test('that is not taken is a value', async () => {
    const { origin } = await startReceiver((response) => response.writeHead(429).end());
    const failure = failureIn(
      await healthchecks.send(failureMessage, contextFor({ url: origin, allowPrivate: true })),
    );
    expect(failure.message).toBe('the receiver answered (429)');
  });
});
