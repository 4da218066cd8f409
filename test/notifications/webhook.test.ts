import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { notificationTypes } from '../../src/notifications/index.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { contextFor, failureMessage, secretsOf } from './message.ts';
import { listen, startReceiver } from './receiver.ts';

const webhook = notificationTypes.find(({ type }) => type === 'webhook')!;
const send = (options: Parameters<typeof contextFor>[0], rest?: Parameters<typeof contextFor>[1]) =>
  webhook.send(failureMessage, contextFor(options, rest));

describe('a delivery', () => {
  test('posts the message as a versioned JSON document', async () => {
    const { origin, received } = await startReceiver();
    valueOf(await send({ url: `${origin}/hook?team=a`, allowPrivate: true }));
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/hook?team=a',
      headers: { 'content-type': 'application/json', 'user-agent': 'backup-plan' },
    });
    expect(JSON.parse(received[0]!.body)).toEqual({
      format: 'backup-plan/notification@1.0',
      ...failureMessage,
    });
  });

  test('takes its address and its headers from secrets', async () => {
    const { origin, received } = await startReceiver();
    const secrets = secretsOf({ hook: `${origin}/T0KEN\n`, auth: 'Bearer abc\n' });
    const options = {
      urlSecret: 'hook',
      headers: { Authorization: { secret: 'auth' }, 'X-Team': { value: 'ops' } },
      allowPrivate: true,
    };
    valueOf(await send(options, { secrets }));
    expect(received[0]).toMatchObject({
      path: '/T0KEN',
      headers: { authorization: 'Bearer abc', 'x-team': 'ops' },
    });
  });

  test('reaches a name whose addresses are allowed', async () => {
    const { port, received } = await startReceiver();
    valueOf(await send({ url: `http://localhost:${String(port)}/`, allowPrivate: true }));
    expect(received).toHaveLength(1);
  });
});

describe('a receiver that is not well', () => {
  test.each([400, 404, 500, 503])('answers %i: not delivered', async (status) => {
    const { origin } = await startReceiver((response) => response.writeHead(status).end('x'.repeat(1000)));
    const failure = failureIn(await send({ url: origin, allowPrivate: true }));
    expect(failure).toEqual({
      code: 'NOTIFICATION_FAILED',
      message: `the receiver answered (${String(status)})`,
    });
  });

  test('redirects: the second place is never asked', async () => {
    const second = await startReceiver();
    const first = await startReceiver((response) =>
      response.writeHead(307, { location: second.origin }).end(),
    );
    const failure = failureIn(await send({ url: first.origin, allowPrivate: true }));
    expect(failure.message).toContain('redirect, which is not followed (307)');
    expect(second.connections()).toBe(0);
  });

  test('never answers: the time is bounded', async () => {
    const { origin } = await startReceiver(() => undefined);
    const failure = failureIn(await send({ url: origin, allowPrivate: true, timeout: '150ms' }));
    expect(failure.message).toBe('no answer within 150 ms');
  });

  test('trickles its headers: the time is bounded', async () => {
    const { origin } = await startReceiver((response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const timer = setInterval(() => response.socket?.write('x'), 20);
      response.socket?.on('close', () => clearInterval(timer));
    });
    expect(failureIn(await send({ url: origin, allowPrivate: true, timeout: '200ms' })).code).toBe(
      'NOTIFICATION_FAILED',
    );
  });

  test('sends an endless body: it is not read', async () => {
    const sent = { bytes: 0 };
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const { origin } = await startReceiver((response) => {
      response.writeHead(200);
      response.on('close', closed);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent.bytes += 65_536;
      };
      response.on('drain', more);
      more();
    });
    valueOf(await send({ url: origin, allowPrivate: true }));
    await gone;
    expect(sent.bytes).toBeLessThan(50_000_000);
  });

  test('sends headers without end: not delivered', async () => {
    const { origin } = await startReceiver((response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(1_000_000)}`);
    });
    expect(failureIn(await send({ url: origin, allowPrivate: true })).message).toContain(
      'HPE_HEADER_OVERFLOW',
    );
  });

  test('is not there: the reason has no address in it', async () => {
    const { port } = await startReceiver();
    const secrets = secretsOf({ hook: `http://127.0.0.1:1/T0KEN-${String(port)}` });
    const failure = failureIn(await send({ urlSecret: 'hook', allowPrivate: true }, { secrets }));
    expect(failure).toEqual({
      code: 'NOTIFICATION_FAILED',
      message: 'the connection failed (ECONNREFUSED)',
    });
  });
});

describe('the run around it', () => {
  test('may interrupt a delivery', async () => {
    const abort = new AbortController();
    const { origin } = await startReceiver(() => abort.abort());
    const failure = failureIn(await send({ url: origin, allowPrivate: true }, { signal: abort.signal }));
    expect(failure.code).toBe('INTERRUPTED');
  });

  test.each([
    ['a header that HTTP cannot carry', { hook: 'http://127.0.0.1/', auth: 'a\u0000b T0KEN' }],
    ['an address that is none', { hook: 'T0KEN is not a URL', auth: 'x' }],
    ['an address with a password', { hook: 'https://user:T0KEN@example.com/', auth: 'x' }],
    ['plain http to the world', { hook: 'http://example.com/T0KEN', auth: 'x' }],
  ])('gets a value, not an exception and not the secret, for %s', async (name, values) => {
    const allowPrivate = !name.startsWith('plain');
    const options = { urlSecret: 'hook', headers: { A: { secret: 'auth' } }, allowPrivate };
    const failure = failureIn(await send(options, { secrets: secretsOf(values) }));
    expect(failure.code).toBe('NOTIFICATION_FAILED');
    expect(JSON.stringify(failure)).not.toContain('T0KEN');
  });

  test('learns when a secret cannot be read', async () => {
    const unreadable = {
      ok: false,
      failure: { code: 'SECRET_UNREADABLE', message: 'hook is not set' },
    } as const;
    const secrets = { read: () => Promise.resolve(unreadable) };
    expect(await send({ urlSecret: 'hook' }, { secrets })).toEqual(unreadable);
  });
});

describe.skipIf(lacks('openssl'))('TLS', () => {
  test('with a certificate that nobody vouches for is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-plan-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    const requests: string[] = [];
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        requests.push(request.url ?? '');
        response.end();
      },
    );
    const port = await listen(server);
    const failure = failureIn(await send({ url: `https://localhost:${String(port)}/`, allowPrivate: true }));
    expect(failure.message).toContain('SELF_SIGNED_CERT');
    expect(requests).toEqual([]);
  });
});
