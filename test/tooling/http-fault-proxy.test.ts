import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpFaultProxy, type HttpFaultProxy } from '../support/http-fault-proxy.ts';

interface Rig {
  readonly proxy: HttpFaultProxy;
  /** What the server has heard. */
  readonly heard: { readonly host: string; readonly url: string; readonly body: Buffer }[];
}

const content = Buffer.alloc(100_000, 'content ');

async function serverBehindProxy(): Promise<Rig> {
  const heard: { host: string; url: string; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      heard.push({ host: request.headers.host ?? '', url: request.url ?? '', body });
      response.writeHead(200, { 'X-Served': 'yes', 'Content-Length': content.length });
      response.end(content);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await startHttpFaultProxy({ upstream: `http://127.0.0.1:${String(port)}` });
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { proxy, heard };
}

interface Answer {
  readonly status?: number;
  readonly headers?: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly error?: string;
}

async function ask(proxy: HttpFaultProxy, method: string, path: string, body?: Buffer): Promise<Answer> {
  const request = httpRequest(`${proxy.endpoint}${path}`, { method });
  request.end(body);
  const chunks: Buffer[] = [];
  try {
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    const head = { status: reply.statusCode ?? 0, headers: reply.headers };
    try {
      for await (const chunk of reply as AsyncIterable<Buffer>) chunks.push(chunk);
      return { ...head, body: Buffer.concat(chunks) };
    } catch (error) {
      return { ...head, body: Buffer.concat(chunks), error: codeOf(error) };
    }
  } catch (error) {
    return { body: Buffer.concat(chunks), error: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

describe('the proxy of broken object stores', () => {
  it('passes path, query, body and host on as they came', async () => {
    const { proxy, heard } = await serverBehindProxy();
    const sent = Buffer.alloc(300_000, 'sent ');
    const { status, body, headers } = await ask(proxy, 'PUT', '/b/a%2Fb//c?partNumber=2&x-id=Put', sent);
    expect([status, headers?.['x-served'], body.equals(content)]).toEqual([200, 'yes', true]);
    expect(heard[0]).toMatchObject({
      host: `127.0.0.1:${String(proxy.port)}`,
      url: '/b/a%2Fb//c?partNumber=2&x-id=Put',
    });
    expect(heard[0]?.body.equals(sent)).toBe(true);
    expect(proxy.requests.map(({ method, path }) => [method, path])).toEqual([['PUT', '/b/a%2Fb//c']]);
  });

  it('answers what a rule says for the requests it names, and no others', async () => {
    const { proxy, heard } = await serverBehindProxy();
    proxy.inject({
      match: { method: 'PUT', path: /\.gpg$/, query: { partNumber: '2', uploadId: true } },
      skip: 1,
      times: 2,
      action: { kind: 'answer', status: 503, code: 'SlowDown' },
    });
    const statuses = [];
    for (const path of ['/x.gpg?partNumber=1&uploadId=u', ...Array(4).fill('/x.gpg?partNumber=2&uploadId=u')])
      statuses.push((await ask(proxy, 'PUT', path as string, content)).status);
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
    expect(heard).toHaveLength(3);
    proxy.inject({ action: { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' } });
    const { body } = await ask(proxy, 'GET', '/y');
    expect(body.toString()).toContain('<Code>ConditionalRequestConflict</Code>');
  });

  it('loses a reply after the server has done what was asked', async () => {
    const { proxy, heard } = await serverBehindProxy();
    proxy.inject({ action: { kind: 'lose-reply' } });
    expect((await ask(proxy, 'PUT', '/a', content)).error).toBe('ECONNRESET');
    expect(heard).toHaveLength(1);
    expect((await ask(proxy, 'PUT', '/a', content)).status).toBe(200);
  });

  it('flips a bit of what is sent or received', async () => {
    const { proxy, heard } = await serverBehindProxy();
    proxy.inject({ action: { kind: 'flip-request', offset: 70_000 } });
    await ask(proxy, 'PUT', '/a', content);
    proxy.inject({ action: { kind: 'flip-response', offset: 70_000 } });
    const { body } = await ask(proxy, 'GET', '/a');
    for (const changed of [heard[0]?.body ?? Buffer.alloc(0), body])
      expect([...changed.keys()].filter((at) => changed[at] !== content[at])).toEqual([70_000]);
  });

  it('cuts a body short with a reset, silently, or without an end', async () => {
    const { proxy } = await serverBehindProxy();
    proxy.inject({ action: { kind: 'truncate', after: 60_000, end: 'reset' } });
    expect(await ask(proxy, 'GET', '/a')).toMatchObject({ status: 200, error: 'ECONNRESET' });
    proxy.inject({ action: { kind: 'truncate', after: 60_000, end: 'silent' } });
    const silent = await ask(proxy, 'GET', '/a');
    expect([silent.error, silent.body.length, silent.headers?.['content-length']]).toEqual([
      undefined,
      60_000,
      undefined,
    ]);
    proxy.inject({ action: { kind: 'truncate', after: 60_000, end: 'stall' } });
    const request = httpRequest(`${proxy.endpoint}/a`).end();
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    let got = 0;
    for await (const chunk of reply as AsyncIterable<Buffer>) if ((got += chunk.length) === 60_000) break;
    expect(got).toBe(60_000);
  });

  it('rewrites a reply', async () => {
    const { proxy } = await serverBehindProxy();
    proxy.inject({
      action: {
        kind: 'rewrite',
        change: ({ headers }) => ({
          status: 206,
          headers: { ...headers, 'content-length': '2' },
          body: Buffer.from('no'),
        }),
      },
    });
    expect(await ask(proxy, 'GET', '/a')).toMatchObject({ status: 206, body: Buffer.from('no') });
  });

  it('hangs, or holds a request back', async () => {
    const { proxy, heard } = await serverBehindProxy();
    proxy.inject({ action: { kind: 'hang' } });
    const hanging = httpRequest(`${proxy.endpoint}/a`, { method: 'PUT' });
    hanging.on('error', () => undefined).end(content);
    await once(hanging, 'finish');
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    proxy.inject({ match: { path: '/b' }, action: { kind: 'hold', until } });
    const held = ask(proxy, 'GET', '/b');
    while (proxy.requests.length < 2) await new Promise(setImmediate);
    expect(heard).toHaveLength(0);
    release();
    expect((await held).status).toBe(200);
    hanging.destroy();
  });
});
