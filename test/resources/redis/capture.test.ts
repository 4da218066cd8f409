import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { CaptureContext } from '../../../src/domain/resource-type.ts';
import { ok } from '../../../src/domain/result.ts';
import { redisType } from '../../../src/resources/redis/index.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import {
  capture,
  captureContext,
  restore,
  temporaryFolder,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { freePort } from '../../support/free-ports.ts';
import { startRedis, type RedisServer, type RedisSetup } from '../../support/redis.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

async function filled(setup: RedisSetup = {}): Promise<RedisServer> {
  const server = await startRedis(setup);
  server.tell('SET', 'greeting', 'hello');
  server.tell('-n', '3', 'HSET', 'user:1', 'name', 'Zoë\n"quoted"');
  server.tell('EVAL', 'for i = 1, 2000 do redis.call("set", "k" .. i, ("x"):rep(100) .. i) end', '0');
  return server;
}

async function contextFor(
  connection: JsonObject,
  rest: Partial<CaptureContext> = {},
): Promise<CaptureContext> {
  return captureContext({ connection }, rest);
}

async function take(server: RedisServer, rest: Partial<CaptureContext> = {}): Promise<PlainSnapshot> {
  return valueOf(await capture(redisType, await contextFor({ port: server.port }, rest)));
}

describe.skipIf(lacks('redis-cli', 'redis-server'))('a dump of a running server', () => {
  it.each(['yes', 'no'])(
    'starts another server with the same keys (repl-diskless-sync %s)',
    async (diskless) => {
      await using server = await filled({ config: [`repl-diskless-sync ${diskless}`] });
      const snapshot = await take(server);
      const { staging, result } = await restore(redisType, snapshot);
      expect(valueOf(result)).toMatchObject({ entries: 1, warnings: [] });
      const dump = await readFile(`${staging}/dump.rdb`);
      const taken = (await readFile(snapshot.files.get('dump') ?? '')).length;
      expect(taken - dump.length).toBe(diskless === 'yes' ? 40 : 0);
      expect(snapshot.evidence.get('dump')).toMatchObject({
        completion: 'RDB header, EOF and CRC-64',
        warnings: [],
      });
      await using other = await startRedis({ config: [`dir ${staging}`] });
      expect(other.content()).toBe(server.content());
      expect(other.content(3)).toBe(server.content(3));
    },
  );

  it('needs the password, and shows it to nobody', async () => {
    await using server = await filled({ password: 'correct-horse' });
    const reader = (value: string) => ({ read: () => Promise.resolve(ok(value)) });
    const connection = { port: server.port, password: 'pw' };
    const right = await contextFor(connection, { secrets: reader('correct-horse') });
    valueOf(await capture(redisType, right));
    const wrong = await capture(redisType, await contextFor(connection, { secrets: reader('guess') }));
    expect(failureIn(wrong)).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(failureIn(wrong).toolOutput).toContain('NOAUTH');
    const none = failureIn(await capture(redisType, await contextFor({ port: server.port })));
    expect(none.message).toBe(`the server at 127.0.0.1:${String(server.port)} did not answer INFO`);
  });

  it('is enough for a user of the ACL who may do nothing else', async () => {
    await using server = await filled();
    const commands = ['+info', '+sync', '+psync', '+replconf'];
    server.tell('ACL', 'SETUSER', 'backup', 'on', '>correct-horse', ...commands);
    const secrets = { read: () => Promise.resolve(ok('correct-horse')) };
    const connection = { port: server.port, user: 'backup', password: 'pw' };
    valueOf(await capture(redisType, await contextFor(connection, { secrets })));
    server.tell('ACL', 'SETUSER', 'backup', '-psync', '-sync');
    const denied = failureIn(await capture(redisType, await contextFor(connection, { secrets })));
    expect(['INCOMPLETE_OUTPUT', 'SOURCE_FAILED']).toContain(denied.code);
    expect(denied.toolOutput).toContain('NOPERM');
  });

  it.skipIf(lacks('openssl'))(
    'comes over TLS from a server that a trusted authority vouches for',
    async () => {
      const folder = await temporaryFolder();
      const trusted = createAuthority(folder, 'ours');
      const { key, cert } = trusted.issue('IP:127.0.0.1');
      await writeFile(join(folder, 'key.pem'), key);
      await writeFile(join(folder, 'cert.pem'), cert);
      const tlsPort = await freePort();
      await using server = await filled({
        config: [
          `tls-port ${String(tlsPort)}`,
          `tls-cert-file ${join(folder, 'cert.pem')}`,
          `tls-key-file ${join(folder, 'key.pem')}`,
          `tls-ca-cert-file ${trusted.caFile}`,
        ],
      });
      const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
      const over = (ca: string) => contextFor({ port: tlsPort, tls: { ca, ...files } });
      valueOf(await capture(redisType, await over(trusted.caFile)));
      const stranger = failureIn(
        await capture(redisType, await over(createAuthority(folder, 'other').caFile)),
      );
      expect(stranger.toolOutput).toContain('certificate verify failed');
      const plain = failureIn(await capture(redisType, await contextFor({ port: tlsPort })));
      expect(plain.code).toBe('SOURCE_FAILED');
      server.tell('PING');
    },
  );

  it('that carries no checksum says so', async () => {
    await using server = await filled({ config: ['rdbchecksum no'] });
    const { evidence } = await take(server);
    expect(evidence.get('dump')?.completion).toBe('RDB header and EOF');
    expect(evidence.get('dump')?.warnings).toEqual([
      `the dump of 127.0.0.1:${String(server.port)} has no checksum: the server has "rdbchecksum no"`,
    ]);
  });

  it('of a server without keys is refused, unless that is allowed', async () => {
    await using server = await startRedis();
    const context = await contextFor({ port: server.port });
    expect(failureIn(await capture(redisType, context)).code).toBe('SOURCE_EMPTY');
    valueOf(await capture(redisType, { ...context, guards: { maxDrop: 0.5, allowEmpty: true } }));
  });

  it('that is much smaller than the one before is refused', async () => {
    await using server = await filled();
    const context = await contextFor({ port: server.port }, { previous: { rawBytes: 1e9, entries: 1 } });
    expect(failureIn(await capture(redisType, context)).code).toBe('SOURCE_EMPTY');
  });

  it('is refused where the link breaks in the middle of it', async () => {
    await using server = await filled();
    const proxy = await startFaultProxy({ host: '127.0.0.1', port: server.port });
    try {
      const context = await contextFor({ port: proxy.port });
      valueOf(await capture(redisType, context));
      const whole = proxy.passed().down;
      proxy.inject({ down: { resetAfter: Math.floor(whole / 2) } });
      expect(['INCOMPLETE_OUTPUT', 'SOURCE_FAILED']).toContain(
        failureIn(await capture(redisType, await contextFor({ port: proxy.port }))).code,
      );
    } finally {
      await proxy.close();
    }
  });

  it('is refused where the server cannot save', async () => {
    await using server = await filled({ config: ['repl-diskless-sync no'] });
    rmSync(server.folder, { recursive: true });
    const lost = failureIn(await capture(redisType, await contextFor({ port: server.port })));
    expect(['INCOMPLETE_OUTPUT', 'SOURCE_FAILED']).toContain(lost.code);
  });

  it('of a node of a cluster, and of nothing at all, is refused', async () => {
    await using server = await startRedis({ config: ['cluster-enabled yes'] });
    const cluster = failureIn(await capture(redisType, await contextFor({ port: server.port })));
    expect(cluster).toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    const nobody = failureIn(await capture(redisType, await contextFor({ port: await freePort() })));
    expect(nobody.toolOutput).toContain('Connection refused');
  });
});
