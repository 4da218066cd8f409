import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RestoreContext, RestoreOutcome } from '../../../src/domain/resource-type.ts';
import { ok, type Result } from '../../../src/domain/result.ts';
import { commandType } from '../../../src/resources/command/index.ts';
import {
  capture,
  captureContext,
  loadSnapshot,
  temporaryFolder,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const proof = { minSize: 1 };

async function snapshotOf(artifacts: JsonObject): Promise<PlainSnapshot> {
  return valueOf(await capture(commandType, await captureContext({ artifacts, proof })));
}

async function load(
  script: string,
  rest: Partial<RestoreContext> & { readonly env?: JsonObject } = {},
): Promise<{ folder: string; result: Result<RestoreOutcome> }> {
  const { env = {}, ...given } = rest;
  const folder = await temporaryFolder();
  const snapshot = await snapshotOf({ users: ['echo', 'u u'], settings: ['printf', 's'] });
  const options = { dump: ['true'], proof, env, restore: { load: ['sh', '-c', script] } };
  const result = await loadSnapshot(commandType, snapshot, { options, planDirectory: folder, ...given });
  return { folder, result };
}

describe('a load', () => {
  test('gets each artifact on stdin and its name, in the folder of the plan', async () => {
    const { folder, result } = await load(
      'cat > "$BACKUP_PLAN_ARTIFACT"; echo "$BACKUP_PLAN_ARTIFACT" >> order',
    );
    expect(valueOf(result)).toEqual({ entries: 2, bytes: 5, warnings: [] });
    expect(await readFile(join(folder, 'users'), 'utf8')).toBe('u u\n');
    expect(await readFile(join(folder, 'settings'), 'utf8')).toBe('s');
    expect(await readFile(join(folder, 'order'), 'utf8')).toBe('settings\nusers\n');
  });

  test('of one artifact leaves the others alone', async () => {
    const { folder, result } = await load('cat > "$BACKUP_PLAN_ARTIFACT"', { only: ['users'] });
    expect(valueOf(result)).toMatchObject({ entries: 1, bytes: 4 });
    expect(await readdir(folder)).toEqual(['users']);
  });

  test('has the variables of the plan, secrets resolved', async () => {
    const secrets = { read: (name: string) => Promise.resolve(ok(`value of ${name}`)) };
    const env = { TOKEN: { secret: 'api' }, REGION: { value: 'fra1' } };
    const { folder } = await load('echo "$TOKEN $REGION" > seen', { secrets, env });
    expect(await readFile(join(folder, 'seen'), 'utf8')).toBe('value of api fra1\n');
  });

  test('may be a program in the folder of the plan', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'tools'));
    await writeFile(join(folder, 'tools/load'), '#!/bin/sh\ncat > loaded\n', { mode: 0o755 });
    const options = { dump: ['true'], proof, restore: { load: ['tools/load'] } };
    const snapshot = await snapshotOf({ users: ['echo', 'u'] });
    valueOf(await loadSnapshot(commandType, snapshot, { options, planDirectory: folder }));
    expect(await readFile(join(folder, 'loaded'), 'utf8')).toBe('u\n');
  });

  test('that prints much is no failure: only its exit code counts', async () => {
    valueOf((await load('cat >/dev/null; head -c 30000000 /dev/zero')).result);
  });

  test('that fails names the artifact, and stops before the next one', async () => {
    const { folder, result } = await load(
      'cat >/dev/null; : > "$BACKUP_PLAN_ARTIFACT"; echo no such table >&2; exit 3',
    );
    expect(failureIn(result)).toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'sh exited 3 while it read artifact settings',
      toolOutput: expect.stringContaining('no such table') as string,
    });
    expect(await readdir(folder)).toEqual(['settings']);
  });

  test('that is killed fails', async () => {
    const failure = failureIn((await load('kill -KILL $$')).result);
    expect(failure.message).toContain('was killed by SIGKILL');
  });

  test('that does not exist fails', async () => {
    const options = { dump: ['true'], proof, restore: { load: ['no-such-program-here'] } };
    const result = await loadSnapshot(commandType, await snapshotOf({ users: ['echo', 'u'] }), { options });
    expect(failureIn(result).code).toBe('TOOL_MISSING');
  });

  test('of an artifact that the snapshot lacks says what it has', async () => {
    const failure = failureIn((await load('true', { only: ['orders'] })).result);
    expect(failure).toMatchObject({ code: 'NOT_FOUND', hint: 'It has settings, users.' });
  });
});

describe('without a load command', () => {
  const refusal = (options: JsonObject) =>
    commandType.live?.kind === 'load' ? commandType.live.refuses?.(options) : undefined;

  test.each([
    ['with nothing to restore', { dump: ['a'], proof }],
    ['with a way to rebuild the original', { dump: ['a'], proof, restore: { command: ['tar', '-x'] } }],
    ['without a plan', {}],
  ])('what is running cannot be replaced: %s', async (_name, options) => {
    expect(refusal(options)).toMatchObject({
      code: 'RESTORE_UNSUPPORTED',
      hint: expect.stringContaining('restore.load') as string,
    });
    const loaded = await loadSnapshot(commandType, await snapshotOf({ users: ['echo', 'u'] }), { options });
    expect(failureIn(loaded).code).toBe('RESTORE_UNSUPPORTED');
  });

  test('and with one it can', () => {
    expect(refusal({ dump: ['a'], proof, restore: { load: ['psql'] } })).toBeUndefined();
  });
});
