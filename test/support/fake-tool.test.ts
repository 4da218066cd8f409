import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createFakeTools, type FakeTools } from './fake-tool.ts';

let tools: FakeTools;

beforeEach(async () => {
  tools = await createFakeTools(['tar', 'zstd']);
});

afterEach(() => tools.close());

function run(tool: string, ...argv: string[]): ChildProcessWithoutNullStreams {
  return spawn(join(tools.binDirectory, tool), argv, { cwd: '/', env: { LANG: 'C.UTF-8' } });
}

function exitOf(
  child: ChildProcessWithoutNullStreams,
): Promise<[code: number | null, signal: string | null]> {
  return once(child, 'exit') as Promise<[number | null, string | null]>;
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('a run tells what it was given', async () => {
  run('tar', '--create', 'a b');
  const tar = await tools.started('tar');
  expect(tar).toMatchObject({ argv: ['--create', 'a b'], cwd: '/', env: { LANG: 'C.UTF-8' } });
  expect(isAlive(tar.pid)).toBe(true);
});

test('runs are matched by name and in order, whether they or the test come first', async () => {
  const early = tools.started('zstd');
  run('tar', '1');
  const first = await tools.started('tar');
  run('tar', '2');
  run('zstd', '3');
  expect((await early).argv).toEqual(['3']);
  expect(first.argv).toEqual(['1']);
  expect((await tools.started('tar')).argv).toEqual(['2']);
  expect(tools.unclaimed()).toEqual([]);
});

test('it writes what it is told and ends as it is told', async () => {
  const child = run('tar');
  const [out, err, exit] = [text(child.stdout), text(child.stderr), exitOf(child)];
  const tar = await tools.started('tar');
  await tar.stdout('half');
  await tar.stderr('x', 3);
  tar.exit(2);
  expect(await Promise.all([out, err, exit])).toEqual(['half', 'xxx', [2, null]]);
  await tar.ended;
});

test('it can die by a signal', async () => {
  const exit = exitOf(run('tar'));
  const tar = await tools.started('tar');
  tar.die('SIGSEGV');
  expect(await exit).toEqual([null, 'SIGSEGV']);
});

test('it reads stdin, or passes it on, and says what it was', async () => {
  const bytes = Buffer.alloc(300_000, 'abc');
  const digest = { bytes: 300_000, sha256: createHash('sha256').update(bytes).digest('hex') };
  const child = run('zstd');
  child.stdin.end(bytes);
  const out = text(child.stdout);
  const zstd = await tools.started('zstd');
  expect(await zstd.copy()).toEqual(digest);
  zstd.exit(0);
  expect(await out).toBe(bytes.toString());
  const second = run('zstd');
  second.stdin.end(bytes);
  expect(await (await tools.started('zstd')).readStdin()).toEqual(digest);
});

test('without orders it does nothing, and a full pipe keeps it from nothing else', async () => {
  const child = run('tar');
  const tar = await tools.started('tar');
  const stuck = tar.stdout(Buffer.alloc(1_000_000));
  await tar.trap('SIGTERM');
  child.kill('SIGTERM');
  await tar.trapped('SIGTERM');
  expect(isAlive(tar.pid)).toBe(true);
  child.kill('SIGKILL');
  await expect(stuck).rejects.toThrow('the tool has ended');
});

test('a reader that goes away is an EPIPE for the tool', async () => {
  const child = run('tar');
  const tar = await tools.started('tar');
  child.stdout.destroy();
  await vi.waitFor(async () => {
    await expect(tar.stdout('x')).rejects.toThrow('EPIPE');
  });
});

test('a grandchild keeps stdout open when the tool has ended, until it is closed', async () => {
  const child = run('tar');
  const exit = exitOf(child);
  const out = text(child.stdout);
  const tar = await tools.started('tar');
  const pid = await tar.grandchild();
  tar.exit(0);
  expect(await exit).toEqual([0, null]);
  expect(isAlive(pid)).toBe(true);
  await tools.close();
  expect(await out).toBe('');
});

test('closing kills every tool that still runs', async () => {
  const exit = exitOf(run('tar'));
  await tools.started('tar');
  await tools.close();
  expect(await exit).toEqual([null, 'SIGKILL']);
});
