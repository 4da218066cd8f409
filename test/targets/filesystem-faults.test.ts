import { spawnSync } from 'node:child_process';
import { lstat, mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { errnoError, faultyFiles, type FileCall, type FileFault } from '../support/faulty-files.ts';
import { makePlace, openTarget, stageFile, type Place } from '../support/filesystem-place.ts';
import { lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { collect } from '../support/collect.ts';

const KEY = 'acme/snapshots/files/x.json';
const BYTES = Buffer.from('record');

/** Fails every matching call, or only the n-th. */
function failing(matches: (call: FileCall) => boolean, errno = 'EIO', nth?: number): FileFault {
  let seen = 0;
  return (call) => {
    if (!matches(call) || (nth !== undefined && seen++ !== nth)) return undefined;
    return { error: errnoError(errno), moment: 'before' };
  };
}

/** What opening does, too, is no part of a write. */
function isAfterOpening({ operation, path }: FileCall): boolean {
  return operation !== 'realpath' && !(operation === 'lstat' && path.endsWith('/backups'));
}

async function countCalls(): Promise<number> {
  const { path } = await makePlace();
  let calls = 0;
  const target = await openTarget(
    path,
    faultyFiles((call) => void (calls += isAfterOpening(call) ? 1 : 0)),
  );
  valueOf(await target.create(KEY, BYTES));
  return calls;
}

async function leftIn(path: string): Promise<string[]> {
  const listed = valueOf(await (await openTarget(path)).list(''));
  return listed.map(({ key }) => key).filter((key) => !key.endsWith('/owner'));
}

describe('a disk error', () => {
  const steps: [string, (call: FileCall) => boolean][] = [
    ['writing', ({ operation }) => operation === 'write'],
    ['fsync of the file', ({ operation, path }) => operation === 'sync' && path.includes('/tmp/')],
    ['closing the file', ({ operation, path }) => operation === 'close' && path.includes('/new-')],
    ['linking', ({ operation }) => operation === 'link'],
    ['creating the file', ({ operation, path }) => operation === 'open' && path.includes('/new-')],
    ['making a folder', ({ operation, path }) => operation === 'mkdir' && path.endsWith('/snapshots')],
  ];

  it.each(steps)('at %s fails, leaves nothing, and the next attempt succeeds', async (_, matches) => {
    const { path } = await makePlace();
    const target = await openTarget(path, faultyFiles(failing(matches, 'EIO', 0)));
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_IO');
    expect(await leftIn(path)).toEqual([]);
    expect(valueOf(await target.create(KEY, BYTES))).toBe('created');
    expect(valueOf(await target.get(KEY, 100))).toEqual(BYTES);
  });

  it('at the fsync of the folder, after the link, is no success', async () => {
    const { path } = await makePlace();
    const target = await openTarget(
      path,
      faultyFiles(
        failing(({ operation, path: on }) => operation === 'sync' && on.endsWith('/files'), 'EIO', 0),
      ),
    );
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_IO');
    expect(valueOf(await target.create(KEY, BYTES))).toBe('exists');
  });

  it('at the n-th call of any kind is never a success without the object', async () => {
    const harmless = await countCalls();
    expect(harmless).toBeGreaterThan(15);
    for (let nth = 0; nth < harmless; nth += 1) {
      const { path } = await makePlace();
      const target = await openTarget(path, faultyFiles(failing(isAfterOpening, 'EIO', nth)));
      const created = await target.create(KEY, BYTES);
      const present = valueOf(await (await openTarget(path)).get(KEY, 100));
      expect(present ?? BYTES).toEqual(BYTES);
      if (created.ok) expect(present).toEqual(BYTES);
    }
  });

  it('at the fsync of a staged file makes the next attempt copy it, never sync it again', async () => {
    const { path } = await makePlace();
    const calls: FileCall[] = [];
    const fault = failing(({ operation, path: on }) => operation === 'sync' && on.endsWith('/bundle'));
    const target = await openTarget(
      path,
      faultyFiles((call) => (calls.push(call), fault(call))),
    );
    const folder = valueOf(await target.stagingDirectory('run')) ?? '';
    const staged = await stageFile(join(folder, 'bundle'), BYTES);
    expect(failureIn(await target.upload(KEY, staged)).code).toBe('TARGET_IO');
    expect(valueOf(await target.upload(KEY, staged))).toBe('created');
    expect(
      calls.filter(({ operation, path: on }) => operation === 'sync' && on === staged.path),
    ).toHaveLength(1);
    expect((await lstat(join(path, KEY))).ino).not.toBe((await lstat(staged.path)).ino);
  });

  it('in the middle of reading ends the bytes with a failure', async () => {
    const { path, parent } = await makePlace();
    const target = await openTarget(
      path,
      faultyFiles(
        failing(({ operation, path: on }) => operation === 'read' && on.endsWith('x.json'), 'EIO', 1),
      ),
    );
    const bytes = Buffer.alloc(3_000_000, 7);
    valueOf(await target.upload(KEY, await stageFile(join(parent, 'staged'), bytes)));
    const read = valueOf(await target.read(KEY));
    expect((await collect(read)).length).toBe(1_048_576);
    expect(read.failure()?.code).toBe('TARGET_IO');
  });
});

describe('errors of the system', () => {
  it.each([
    ['ENOSPC', 'TARGET_FULL'],
    ['EDQUOT', 'TARGET_FULL'],
    ['EROFS', 'TARGET_DENIED'],
    ['EACCES', 'TARGET_DENIED'],
    ['ENAMETOOLONG', 'TARGET_DENIED'],
    ['ELOOP', 'TARGET_UNSAFE'],
    ['ESTALE', 'TARGET_UNREACHABLE'],
    ['EIO', 'TARGET_IO'],
    ['EBUSY', 'TARGET_IO'],
  ])('%s is %s', async (errno, code) => {
    const { path } = await makePlace();
    const target = await openTarget(
      path,
      faultyFiles(failing(({ operation }) => operation === 'write', errno)),
    );
    const failure = failureIn(await target.create(KEY, BYTES));
    expect(failure).toMatchObject({ code, facts: { errno } });
    expect(failure.message).toMatch(/^target local: creating acme/);
  });

  it('that are none are bugs and pass through', async () => {
    const { path } = await makePlace();
    const bug: FileFault = ({ operation }) =>
      operation === 'write' ? { error: new TypeError('bug'), moment: 'before' } : undefined;
    await expect((await openTarget(path, faultyFiles(bug))).create(KEY, BYTES)).rejects.toThrow('bug');
  });
});

describe.skipIf(lacksAbility('mount a tmpfs in a private namespace'))('a small disk', () => {
  async function mounted(options: string): Promise<Place & { readonly target: Target }> {
    const place = await makePlace();
    expect(
      spawnSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=0700`, 'tmpfs', place.path]).status,
    ).toBe(0);
    onTestFinished(() => void spawnSync('umount', ['--lazy', place.path]));
    return { ...place, target: await openTarget(place.path) };
  }

  it('that fills up fails, keeps what it holds and leaves no rest', async () => {
    const { path, parent, target } = await mounted('size=4m');
    valueOf(await target.create('acme/old', BYTES));
    const staged = await stageFile(join(parent, 'staged'), Buffer.alloc(8 * 1_048_576));
    expect(failureIn(await target.upload(KEY, staged)).code).toBe('TARGET_FULL');
    expect(await leftIn(path)).toEqual(['acme/old']);
    expect(valueOf(await target.get('acme/old', 100))).toEqual(BYTES);
    expect(valueOf(await target.space())?.freeBytes).toBeGreaterThan(3_000_000);
  });

  it('with room for data and none for the record fails at the record', async () => {
    const { path, target } = await mounted('size=64k');
    await writeFile(join(path, 'filler'), Buffer.alloc(65_536)).catch(() => undefined);
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_FULL');
    expect(await leftIn(path)).toEqual(['filler']);
  });

  it('without inodes fails cleanly', async () => {
    const { path, target } = await mounted('nr_inodes=8');
    for (let index = 0; index < 10; index += 1)
      await writeFile(join(path, String(index)), '').catch(() => undefined);
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_FULL');
  });

  it('that turns read-only in the middle is denied', async () => {
    const { path, target } = await mounted('size=4m');
    valueOf(await target.create('acme/old', BYTES));
    expect(spawnSync('mount', ['-o', 'remount,ro', path]).status).toBe(0);
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_DENIED');
    expect(failureIn(await target.remove('acme/old')).code).toBe('TARGET_DENIED');
    expect(valueOf(await target.get('acme/old', 100))).toEqual(BYTES);
  });

  it('gets a copy of what is staged elsewhere, and refuses it when it changed', async () => {
    const { path, parent, target } = await mounted('size=4m');
    const staged = await stageFile(join(parent, 'staged'), BYTES);
    expect(valueOf(await target.upload(KEY, staged))).toBe('created');
    await writeFile(staged.path, Buffer.from('RECORD'));
    expect(failureIn(await target.upload('acme/second', staged)).code).toBe('CORRUPT');
    expect(await leftIn(path)).toEqual([KEY]);
  });

  it('ends a copy when it is interrupted', async () => {
    const { path, parent, target } = await mounted('size=16m');
    const abort = new AbortController();
    const staged = await stageFile(join(parent, 'staged'), Buffer.alloc(8 * 1_048_576));
    const uploaded = await target.upload(KEY, staged, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(failureIn(uploaded).code).toBe('INTERRUPTED');
    expect(await leftIn(path)).toEqual([]);
  });
});

describe('reading', () => {
  it('tells an object that was cut after it was opened', async () => {
    const { path, parent } = await makePlace();
    const target = await openTarget(path);
    valueOf(await target.upload(KEY, await stageFile(join(parent, 'staged'), Buffer.alloc(2_000_000))));
    const read = valueOf(await target.read(KEY));
    await truncate(join(path, KEY), 1_500_000);
    expect((await collect(read)).length).toBe(1_500_000);
    expect(read.failure()?.code).toBe('TRUNCATED');
  });

  it('stops when it is interrupted', async () => {
    const { path } = await makePlace();
    const target = await openTarget(path);
    valueOf(await target.create(KEY, BYTES));
    const read = valueOf(await target.read(KEY, { signal: AbortSignal.abort() }));
    expect((await collect(read)).length).toBe(0);
    expect(read.failure()?.code).toBe('INTERRUPTED');
  });

  it('offers the file itself', async () => {
    const { path } = await makePlace();
    const target = await openTarget(path);
    valueOf(await target.create(KEY, BYTES));
    expect(valueOf(await target.read(KEY)).localPath).toBe(join(path, KEY));
  });

  it("skips the file system's own folder", async () => {
    const { path } = await makePlace();
    await mkdir(join(path, 'lost+found'));
    await writeFile(join(path, 'lost+found', '#12'), '');
    expect(valueOf(await (await openTarget(path)).list(''))).toEqual([]);
    expect(await readdir(path)).toEqual(['lost+found']);
  });
});
