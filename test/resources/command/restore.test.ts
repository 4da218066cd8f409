import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ok } from '../../../src/domain/result.ts';
import { commandType } from '../../../src/resources/command/index.ts';
import { capture, captureContext, restore, type PlainSnapshot } from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const proof = { minSize: 1 };

async function snapshotOf(options: JsonObject): Promise<PlainSnapshot> {
  return valueOf(await capture(commandType, await captureContext({ proof, ...options })));
}

describe('without a restore command', () => {
  test('an artifact becomes a private file with the name of the resource', async () => {
    const { staging, result } = await restore(commandType, await snapshotOf({ dump: ['echo', 'hello'] }));
    expect(valueOf(result)).toEqual({ entries: 1, bytes: 6, warnings: [] });
    expect(await readFile(join(staging, 'thing'), 'utf8')).toBe('hello\n');
    expect((await stat(join(staging, 'thing'))).mode & 0o777).toBe(0o600);
  });

  test('or with the name that the plan gave it when it was captured', async () => {
    const snapshot = await snapshotOf({ dump: ['echo', 'hello'], fileName: 'databases.json' });
    const { staging } = await restore(commandType, snapshot, { options: {} });
    expect(await readdir(staging)).toEqual(['databases.json']);
  });

  test('named artifacts become files of their names, or some of them', async () => {
    const snapshot = await snapshotOf({ artifacts: { users: ['echo', 'u'], settings: ['echo', 's'] } });
    const all = await restore(commandType, snapshot);
    expect((await readdir(all.staging)).sort()).toEqual(['settings', 'users']);
    const one = await restore(commandType, snapshot, { only: ['users'] });
    expect(valueOf(one.result).entries).toBe(1);
    expect(await readdir(one.staging)).toEqual(['users']);
    const none = await restore(commandType, snapshot, { only: ['other'] });
    expect(failureIn(none.result).code).toBe('NOT_FOUND');
  });

  test.each(['../evil', '/etc/evil', '..', '.hidden', ''])(
    'a file name such as %j is refused',
    async (name) => {
      const snapshot = await snapshotOf({ dump: ['echo', 'hello'] });
      const header = Buffer.from(JSON.stringify({ facts: { fileNames: { output: name } } }));
      const { staging, result } = await restore(commandType, { ...snapshot, index: [header] });
      expect(failureIn(result).code).toBe('CORRUPT');
      expect(await readdir(staging)).toEqual([]);
    },
  );
});

describe('with a restore command', () => {
  const options = (command: readonly string[], env: JsonObject = {}): JsonObject => ({
    dump: ['true'],
    proof,
    env,
    restore: { command },
  });

  test('it rebuilds the original in an empty directory', async () => {
    const context = await captureContext({ dump: ['tar', '-c', 'site'], proof });
    await mkdir(join(context.planDirectory, 'site'));
    await writeFile(join(context.planDirectory, 'site/index.html'), 'hi');
    const snapshot = valueOf(await capture(commandType, context));
    const { staging, result } = await restore(commandType, snapshot, { options: options(['tar', '-x']) });
    expect(valueOf(result)).toEqual({ entries: 2, bytes: 2, warnings: [] });
    expect(await readFile(join(staging, 'site/index.html'), 'utf8')).toBe('hi');
  });

  test('it is told the place and the artifact, and gets the environment of the plan', async () => {
    const snapshot = await snapshotOf({ artifacts: { users: ['echo', 'u'], settings: ['echo', 's'] } });
    const script = 'cat > "$BACKUP_PLAN_DESTINATION/$BACKUP_PLAN_ARTIFACT.$SUFFIX.$TOKEN"; echo dropped';
    const { staging, result } = await restore(commandType, snapshot, {
      options: options(['sh', '-c', script], { SUFFIX: { value: 'txt' }, TOKEN: { secret: 'api' } }),
      secrets: { read: () => Promise.resolve(ok('t0ken')) },
    });
    valueOf(result);
    expect((await readdir(staging)).sort()).toEqual(['settings.txt.t0ken', 'users.txt.t0ken']);
    expect(await readFile(join(staging, 'users.txt.t0ken'), 'utf8')).toBe('u\n');
  });

  test('that fails fails the restore', async () => {
    const snapshot = await snapshotOf({ dump: ['echo', 'hello'] });
    const script = 'cat > half; echo bad input >&2; exit 3';
    const { result } = await restore(commandType, snapshot, { options: options(['sh', '-c', script]) });
    expect(failureIn(result)).toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'sh exited 3 while it read artifact output',
      toolOutput: expect.stringContaining('bad input') as string,
    });
  });

  test('that leaves nothing fails the restore', async () => {
    const snapshot = await snapshotOf({ dump: ['echo', 'hello'] });
    const { result } = await restore(commandType, snapshot, { options: options(['cat']) });
    expect(failureIn(result)).toMatchObject({
      code: 'RESTORE_FAILED',
      hint: expect.stringContaining('BACKUP_PLAN_DESTINATION') as string,
    });
  });
});
