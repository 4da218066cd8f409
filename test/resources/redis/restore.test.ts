import { mkdir, stat, writeFile, chown, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { liveRestoreOf, type LoadContext, type PlaceContext } from '../../../src/domain/resource-type.ts';
import { ok } from '../../../src/domain/result.ts';
import { redisType } from '../../../src/resources/redis/index.ts';
import {
  capture,
  captureContext,
  restore,
  temporaryFolder,
  tools,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { freePort } from '../../support/free-ports.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const secrets = { read: () => Promise.resolve(ok('correct-horse')) };

async function snapshotOf(server: RedisServer, connection: JsonObject = {}): Promise<PlainSnapshot> {
  const options = { connection: { port: server.port, ...connection } };
  return valueOf(await capture(redisType, await captureContext(options, { secrets })));
}

async function load(snapshot: PlainSnapshot, options: JsonObject) {
  const { staging, result } = await restore(redisType, snapshot);
  valueOf(result);
  const live = liveRestoreOf(redisType, options);
  if (live?.kind !== 'load') throw new Error('a running server is loaded into');
  const scratch = await temporaryFolder();
  const context = {
    options,
    planDirectory: '/',
    staging,
    scratch,
    tools,
    secrets,
    signal: new AbortController().signal,
  };
  return live.load(context as unknown as LoadContext);
}

function place(options: JsonObject, facts: JsonObject, staging?: string) {
  const live = liveRestoreOf(redisType, options);
  if (live?.kind !== 'paths') throw new Error('the file of a stopped server is replaced');
  const context = { resource: 'cache', options, planDirectory: '/', only: [], facts };
  return live.place({ ...context, ...(staging === undefined ? {} : { staging }) } satisfies PlaceContext);
}

describe.skipIf(lacks('redis-cli', 'redis-server'))('a running server', () => {
  it.each(['yes', 'no'])(
    'takes all that a snapshot holds, and nothing else (appendonly %s)',
    async (append) => {
      const config = [`appendonly ${append}`, 'masterauth "an old \\"one\\""'];
      await using server = await startRedis({ password: 'correct-horse', config });
      server.tell('SET', 'kept', 'old');
      server.tell('-n', '7', 'RPUSH', 'list', 'a', 'b');
      const before = [server.content(), server.content(7)];
      const snapshot = await snapshotOf(server, { password: 'pw' });
      server.tell('SET', 'kept', 'spoilt');
      server.tell('-n', '2', 'SET', 'later', 'x');
      const options = { connection: { port: server.port, password: 'pw' } };
      expect(valueOf(await load(snapshot, options))).toMatchObject({ entries: 2, warnings: [] });
      expect([server.content(), server.content(7)]).toEqual(before);
      expect(server.content(2)).toBe('');
      expect(server.tell('INFO', 'replication')).toContain('role:master');
      expect(server.tell('CONFIG', 'GET', 'masterauth')).toBe('masterauth\nan old "one"');
      server.tell('SET', 'writable', 'again');
      if (append === 'no') return;
      await server.stop();
      await server.start();
      expect(server.tell('GET', 'kept')).toBe('old');
      expect(server.tell('GET', 'writable')).toBe('again');
    },
  );

  it('is not called incomplete where keys expire while it copies', async () => {
    await using server = await startRedis();
    server.tell('SET', 'kept', 'old');
    const expiring = 'for i = 1, 40000 do redis.call("set", "k" .. i, "x", "px", 200 + i / 4) end';
    server.tell('EVAL', expiring, '0');
    const snapshot = await snapshotOf(server);
    valueOf(await load(snapshot, { connection: { port: server.port } }));
    expect(server.tell('GET', 'kept')).toBe('old');
  });

  it.skipIf(lacks('unshare') || lacksAbility('root'))(
    'that does not get to this machine goes on with what it has',
    async () => {
      await using server = await startRedis({ isolated: true });
      server.tell('SET', 'kept', 'old');
      const options = { connection: { socket: server.socket } };
      const snapshot = valueOf(await capture(redisType, await captureContext(options, { secrets })));
      server.tell('SET', 'kept', 'newer');
      expect(failureIn(await load(snapshot, options)).message).toContain('does not reach 127.0.0.1');
      expect(server.tell('GET', 'kept')).toBe('newer');
      expect(server.tell('SET', 'kept', 'writable')).toBe('OK');
    },
    60_000,
  );

  it('is refused where it is a replica, and where nobody can say how to reach this machine', async () => {
    await using server = await startRedis();
    server.tell('SET', 'kept', 'old');
    const snapshot = await snapshotOf(server);
    server.tell('REPLICAOF', '127.0.0.1', String(await freePort()));
    const options = { connection: { port: server.port } };
    expect(failureIn(await load(snapshot, options)).message).toContain('is a replica');
    const remote = { connection: { host: 'redis.internal' } };
    const live = liveRestoreOf(redisType, remote);
    expect(live?.kind === 'load' && live.refuses?.(remote)?.code).toBe('RESTORE_UNSUPPORTED');
    const told = { ...remote, restore: { address: '10.0.0.7' } };
    expect(live?.kind === 'load' && live.refuses?.(told)).toBeUndefined();
  });
});

describe.skipIf(lacks('redis-cli', 'redis-server'))('the file of a stopped server', () => {
  it('is replaced, with the owner and mode of the one before, once no server answers', async () => {
    await using server = await startRedis();
    server.tell('SET', 'kept', 'old');
    server.tell('SAVE');
    const file = join(server.folder, 'dump.rdb');
    await chmod(file, 0o640);
    if (process.getuid?.() === 0) await chown(file, 4321, 4322);
    const { staging } = await restore(redisType, await snapshotOf(server));
    const options = { connection: { port: server.port }, file };
    expect(valueOf(await place(options, {}, staging)).places).toEqual([{ staged: 'dump.rdb', live: file }]);
    const [staged, live] = await Promise.all([stat(join(staging, 'dump.rdb')), stat(file)]);
    expect([staged.uid, staged.gid, staged.mode]).toEqual([live.uid, live.gid, live.mode]);
    const way = liveRestoreOf(redisType, options);
    const asked = { resource: 'cache', options, planDirectory: '/', only: [], facts: {} };
    const inUse = async () => (way?.kind === 'paths' ? valueOf(await way.inUse!(asked)) : 'no file');
    expect(await inUse()).toBe(`a server answers at 127.0.0.1:${String(server.port)}`);
    await server.stop();
    expect(await inUse()).toBeUndefined();
  });

  it('is left alone where an append-only file would win', async () => {
    const folder = await temporaryFolder();
    const options = { file: join(folder, 'dump.rdb') };
    valueOf(await place(options, { appendOnly: false }));
    const kept = failureIn(await place(options, { appendOnly: true }));
    expect(kept).toMatchObject({ code: 'RESTORE_UNSUPPORTED' });
    await writeFile(join(folder, 'appendonly.aof'), '');
    expect(failureIn(await place(options, {})).message).toContain('appendonly.aof would be read instead');
    const modern = await temporaryFolder();
    await mkdir(join(modern, 'appendonlydir'));
    expect(failureIn(await place({ file: join(modern, 'dump.rdb') }, {})).message).toContain('appendonlydir');
  });
});

describe.skipIf(lacks('redis-cli', 'redis-server'))('a restored dump', () => {
  it('that is damaged gets no name, and parts of one cannot be asked for', async () => {
    await using server = await startRedis();
    server.tell('SET', 'kept', 'old');
    const snapshot = await snapshotOf(server);
    const only = await restore(redisType, snapshot, { only: ['db0'] });
    expect(failureIn(only.result).code).toBe('RESTORE_UNSUPPORTED');
    await writeFile(snapshot.files.get('dump') ?? '', 'REDIS0010 and no more');
    expect(failureIn((await restore(redisType, snapshot)).result).code).toBe('CORRUPT');
  });
});
