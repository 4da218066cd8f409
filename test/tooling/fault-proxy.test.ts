import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';

/** A server that says what it hears, in front of it a proxy. */
async function echoBehindProxy(): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startFaultProxy({ port: (server.address() as AddressInfo).port });
  onTestFinished(async () => {
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

/** Sends everything and waits for the end: what came back, and how it ended. */
async function exchange(
  port: number,
  bytes: Buffer,
): Promise<{ readonly got: Buffer; readonly end: string }> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let end = 'ended';
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? error.message;
  });
  socket.end(bytes);
  await closing(socket);
  return { got: Buffer.concat(chunks), end };
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => {
      resolve();
    });
  });
}

const message = Buffer.alloc(300_000, 'all is well. ');

describe('the proxy of broken links', () => {
  it('passes everything on while it is told nothing', async () => {
    const proxy = await echoBehindProxy();
    const { got, end } = await exchange(proxy.port, message);
    expect([end, got.equals(message)]).toEqual(['ended', true]);
    expect(proxy.passed()).toEqual({ up: message.length, down: message.length });
    expect(proxy.accepted()).toBe(1);
  });

  it.each(['up', 'down'] as const)('flips a bit on the way %s', async (direction) => {
    const proxy = await echoBehindProxy();
    proxy.inject({ [direction]: { flipAt: 200_001 }, times: 1 });
    const { got } = await exchange(proxy.port, message);
    const expected = Buffer.from(message);
    expected.writeUInt8(expected.readUInt8(200_001) ^ 1, 200_001);
    expect(got.equals(expected)).toBe(true);
    expect((await exchange(proxy.port, message)).got.equals(message)).toBe(true);
  });

  it('resets a connection in the middle, as often as it is told', async () => {
    const proxy = await echoBehindProxy();
    proxy.inject({ down: { resetAfter: 100_000 }, times: 1 });
    const { got } = await exchange(proxy.port, message);
    expect(got.length).toBeLessThanOrEqual(100_000);
    expect((await exchange(proxy.port, message)).got.equals(message)).toBe(true);
  });

  it('refuses while the link is cut, and mends it at the same port', async () => {
    const proxy = await echoBehindProxy();
    const live = connect(proxy.port, '127.0.0.1');
    live.on('error', () => undefined).resume();
    live.write('x');
    await proxy.untilPassed('down', 1);
    const closed = closing(live);
    await proxy.cut();
    await closed;
    expect((await exchange(proxy.port, message)).end).toBe('ECONNREFUSED');
    await proxy.restore();
    expect((await exchange(proxy.port, message)).got.equals(message)).toBe(true);
  });

  it('swallows what comes during a stall, and answers again afterwards', async () => {
    const proxy = await echoBehindProxy();
    const live = connect(proxy.port, '127.0.0.1');
    live.on('error', () => undefined).resume();
    live.write('first');
    await proxy.untilPassed('down', 5);
    proxy.stall();
    const late = exchange(proxy.port, message);
    live.write('second');
    const closed = closing(live);
    while (proxy.open() < 2) await new Promise(setImmediate);
    await proxy.restore();
    await closed;
    expect(await late).toEqual({ got: Buffer.alloc(0), end: 'ECONNRESET' });
    expect(proxy.passed()).toEqual({ up: 5, down: 5 });
    expect((await exchange(proxy.port, message)).got.equals(message)).toBe(true);
  });

  it('makes bytes late and few', async () => {
    const proxy = await echoBehindProxy();
    proxy.inject({ up: { delayMs: 60 }, down: { bytesPerSecond: 3_000_000 } });
    const startMs = performance.now();
    expect((await exchange(proxy.port, message)).got.equals(message)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(60 + 100 - 10);
  });

  it('stops in the middle of a reply', async () => {
    const proxy = await echoBehindProxy();
    proxy.inject({ down: { stallAfter: 1_000 } });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let got = 0;
    socket.on('data', (chunk: Buffer) => (got += chunk.length));
    socket.end(message);
    await proxy.untilPassed('up', message.length);
    await proxy.untilPassed('down', 1_000);
    while (got < 1_000) await new Promise(setImmediate);
    expect(got).toBe(1_000);
    expect(proxy.open()).toBe(1);
  });
});
