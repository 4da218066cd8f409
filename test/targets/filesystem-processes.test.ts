import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeProcess, livenessOf } from '../../src/targets/filesystem/process-identity.ts';
import { faultyFiles, withoutLinks } from '../support/faulty-files.ts';
import { buildTargetProgram, startTargetProcess, type TargetProcess } from '../support/filesystem-process.ts';
import { makePlace, openTarget } from '../support/filesystem-place.ts';
import { lacks, lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';

const RACERS = 40;
const KEY = 'acme/log/0000000001.json';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'target-program-'));
  program = await buildTargetProgram(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(...args: readonly string[]): Promise<TargetProcess> {
  const started = await startTargetProcess(program, ...args);
  onTestFinished(() => void started.child.kill('SIGKILL'));
  return started;
}

async function kill({ child }: TargetProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function race(path: string, mode: string): Promise<void> {
  const racers = await Promise.all(Array.from({ length: RACERS }, () => start(path, mode)));
  const answers = await Promise.all(
    racers.map((racer, index) => racer.ask(`create ${KEY} racer-${String(index)}`)),
  );
  expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'exists')).toHaveLength(RACERS - 1);
  const target = await openTarget(path);
  expect(valueOf(await target.get(KEY, 100))?.toString()).toBe(`racer-${String(answers.indexOf('created'))}`);
}

describe('40 processes that publish one key', () => {
  it.each(['with-links', 'without-links'])(
    'have exactly one winner, whose bytes stay (%s)',
    { timeout: 60_000 },
    async (mode) => {
      const { path } = await makePlace();
      await race(path, mode);
    },
  );

  it.skipIf(lacks('mkfs.vfat') || lacksAbility('mount a vfat image'))(
    'have one winner on vfat',
    { timeout: 60_000 },
    async () => {
      const { path, parent } = await makePlace();
      const image = join(parent, 'image');
      expect(spawnSync('truncate', ['-s', '16M', image]).status).toBe(0);
      expect(spawnSync('mkfs.vfat', [image], { env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } }).status).toBe(
        0,
      );
      expect(spawnSync('mount', ['-o', 'loop,umask=077', image, path]).status).toBe(0);
      onTestFinished(() => void spawnSync('umount', ['--lazy', path]));
      await race(path, 'with-links');
    },
  );
});

describe('staging folders', () => {
  it('of a killed process are collected by the next run, those of a living one stay', async () => {
    const { path } = await makePlace();
    const [dead, living] = [await start(path), await start(path)];
    const deadFolder = await dead.ask('stage dead');
    const livingFolder = await living.ask('stage living');
    await writeFile(join(deadFolder, 'files.tar.zst.gpg'), 'ciphertext');
    await kill(dead);
    const target = await openTarget(path);
    await target.stagingDirectory('own');
    expect((await readdir(join(path, 'tmp'))).sort()).toEqual(['living', 'own']);
    await access(livingFolder);
  });

  it('without an owner go when nobody touched them for a week', async () => {
    const { path } = await makePlace();
    const old = new Date(Date.now() - 8 * 86_400_000);
    for (const name of ['old', 'fresh', 'touched'])
      await mkdir(join(path, 'tmp', name), { recursive: true, mode: 0o700 });
    await writeFile(join(path, 'tmp', 'touched', 'part'), '');
    for (const name of ['old', 'touched']) await utimes(join(path, 'tmp', name), old, old);
    await (await openTarget(path)).stagingDirectory('own');
    expect((await readdir(join(path, 'tmp'))).sort()).toEqual(['fresh', 'own', 'touched']);
  });

  it('are the same at every call, and gone when the target is closed', async () => {
    const { path } = await makePlace();
    const target = await openTarget(path);
    const first = valueOf(await target.stagingDirectory('run'));
    expect(valueOf(await target.stagingDirectory('run'))).toBe(first);
    valueOf(await target.create(KEY, Buffer.from('x')));
    await target.close();
    expect(await readdir(join(path, 'tmp'))).toEqual([]);
  });

  it('of another living process are not shared', async () => {
    const { path } = await makePlace();
    const other = await start(path);
    await other.ask('stage run');
    expect(failureIn(await (await openTarget(path)).stagingDirectory('run')).code).toBe('TARGET_CONFLICT');
  });
});

it('an old claim is passed, whoever made it', async () => {
  const { path } = await makePlace();
  const claims = join(path, 'tmp', 'claims');
  await mkdir(claims, { recursive: true, mode: 0o700 });
  const claim = join(claims, createHash('sha256').update(KEY).digest('hex'));
  await writeFile(claim, '');
  await utimes(claim, 0, 0);
  const target = await openTarget(path, faultyFiles(withoutLinks));
  expect(valueOf(await target.create(KEY, Buffer.from('x')))).toBe('created');
});

it('a claim of a dead process is passed', async () => {
  const { path } = await makePlace();
  const dead = await start(path);
  const owner = describeProcess().replace(`pid ${String(process.pid)} `, `pid ${String(dead.child.pid)} `);
  await kill(dead);
  const claims = join(path, 'tmp', 'claims');
  await mkdir(claims, { recursive: true, mode: 0o700 });
  await writeFile(join(claims, createHash('sha256').update(KEY).digest('hex')), owner);
  const target = await openTarget(path, faultyFiles(withoutLinks));
  expect(valueOf(await target.create(KEY, Buffer.from('x')))).toBe('created');
  expect(await readdir(claims)).toEqual([]);
});

describe('the identity of a process', () => {
  it('is alive for ourselves', () => {
    expect(livenessOf(describeProcess())).toBe('alive');
  });

  it('is dead for a number that was used again, and after the end', async () => {
    expect(livenessOf(describeProcess().replace(/start \d+/, 'start 1'))).toBe('dead');
    const { path } = await makePlace();
    const other = await start(path);
    const identity = describeProcess().replace(
      `pid ${String(process.pid)} `,
      `pid ${String(other.child.pid)} `,
    );
    await kill(other);
    expect(livenessOf(identity)).toBe('dead');
  });

  it.each([
    ['another host', (own: string) => own.replace(/host \w+/, 'host 000000000000')],
    ['another boot', (own: string) => own.replace(/boot \w+/, 'boot 00000000')],
    ['another container', (own: string) => own.replace(/pidns \d+/, 'pidns 1')],
    ['nothing we wrote', () => 'somebody'],
  ])('is unknown of %s', (_, change) => {
    expect(livenessOf(change(describeProcess()))).toBe('unknown');
  });
});
