import { describe, expect, test } from 'vitest';
import { refuseAddress } from '../../src/notifications/http/address-rules.ts';
import { deliver } from '../../src/notifications/http/deliver.ts';
import { webhookType } from '../../src/notifications/http/webhook.ts';
import type { Resolve } from '../../src/notifications/http/guarded-lookup.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { contextFor, failureMessage } from './message.ts';
import { startReceiver } from './receiver.ts';

describe('addresses', () => {
  test.each(['93.184.216.34', '8.8.8.8', '2606:4700::6810:84e5', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(refuseAddress(address, false)).toBeUndefined();
    },
  );

  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd12::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
  ])('%s is internal: only when the plan says so', (address) => {
    expect(refuseAddress(address, false)).toMatch(/^is a /);
    expect(refuseAddress(address, true)).toBeUndefined();
  });

  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '240.0.0.1',
    '198.18.0.1',
    '192.0.0.192',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    '::7f00:1',
    'fec0::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '2001:db8::1',
    'not an address',
    '',
  ])('%s is refused whatever the plan says', (address) => {
    expect(refuseAddress(address, true)).toMatch(/^is /);
  });
});

describe('a literal address in a plan', () => {
  test.each([
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://[fe80::1]/',
    'https://0/',
    'https://１２７.0.0.1/',
  ])('%s is refused by validate and when it is sent', async (url) => {
    expect(webhookType.check?.({ url })).toEqual([
      expect.objectContaining({
        severity: 'error',
        path: ['url'],
        message: expect.stringContaining('the address is') as string,
      }),
    ]);
    expect(failureIn(await webhookType.send(failureMessage, contextFor({ url }))).code).toBe(
      'NOTIFICATION_FAILED',
    );
  });

  test.each([
    [{ url: 'https://[::1]/', allowPrivate: true }],
    [{ url: 'http://10.0.0.1/', allowPrivate: true }],
    [{ url: 'https://hooks.example.com/a' }],
    [{ urlSecret: 'hook' }],
  ])('%j is fine', (options) => {
    expect(webhookType.check?.(options)).toEqual([]);
  });

  test.each([
    [{}, 'one of url and urlSecret is required'],
    [{ url: 'https://a.example', urlSecret: 'b' }, 'url and urlSecret exclude each other'],
    [{ url: 'http://a.example' }, 'the address is not an https one'],
    [{ url: 'https://user:pass@a.example' }, 'the address contains credentials'],
    [{ url: 'http://169.254.169.254/', allowPrivate: true }, 'the address is a linkLocal address'],
  ])('%j is an error', (options, message) => {
    expect(webhookType.check?.(options)).toEqual([expect.objectContaining({ severity: 'error', message })]);
  });
});

describe('a name', () => {
  const answers =
    (...addresses: readonly string[]): Resolve =>
    (_name, done) => {
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };

  function send(port: number, resolve: Resolve, allowPrivate: boolean) {
    const url = new URL(`http://receiver.example:${String(port)}/hook`);
    const endpoint = { url, allowPrivate, timeoutMs: 5_000 };
    return deliver({
      endpoint,
      headers: {},
      body: '',
      signal: new AbortController().signal,
      resolve,
    });
  }

  test.each([
    ['a loopback address', ['127.0.0.1'], 'the receiver is a loopback address'],
    ['a mapped one', ['::ffff:127.0.0.1'], 'the receiver is a loopback address'],
    ['a metadata address', ['169.254.169.254'], 'the receiver is a linkLocal address'],
    ['a public and a private one', ['8.8.8.8', '10.0.0.1'], 'the receiver is a private address'],
    ['nothing', [], 'the receiver has no address'],
  ])('that leads to %s is never connected to', async (_name, addresses, message) => {
    const { port, connections } = await startReceiver();
    expect(failureIn(await send(port, answers(...addresses), false)).message).toBe(message);
    expect(connections()).toBe(0);
  });

  test('is looked up once, and what was judged is what is connected to', async () => {
    const { port, received } = await startReceiver();
    const asked: string[] = [];
    const rebinding: Resolve = (name, done) => {
      asked.push(name);
      answers(asked.length === 1 ? '127.0.0.1' : '169.254.169.254')(name, done);
    };
    valueOf(await send(port, rebinding, true));
    expect(asked).toEqual(['receiver.example']);
    expect(received).toHaveLength(1);
    expect(failureIn(await send(port, rebinding, true)).message).toContain('linkLocal');
    expect(received).toHaveLength(1);
  });

  test('that does not resolve gives its error code only', async () => {
    const broken: Resolve = (_name, done) => {
      done(Object.assign(new Error('getaddrinfo ENOTFOUND secret-name'), { code: 'ENOTFOUND' }), undefined);
    };
    expect(failureIn(await send(1, broken, false)).message).toBe('the connection failed (ENOTFOUND)');
  });
});
