import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFilesystemTarget } from '../../src/targets/filesystem/filesystem-target.ts';
import { realFiles } from '../../src/targets/filesystem/file-layer.ts';
import { mountPoints } from '../../src/targets/filesystem/mount.ts';
import { makePlace, openTarget, stageFile } from '../support/filesystem-place.ts';
import { lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';

const KEY = 'acme/snapshots/files/x.json';
const BYTES = Buffer.from('record');

describe('modes', () => {
  const umask = process.umask(0o022);
  afterEach(() => process.umask(umask));

  it.each([0o000, 0o022, 0o077, 0o777])('are private whatever the umask: %o', async (mask) => {
    const { path, parent } = await makePlace();
    const staged = await stageFile(join(parent, 'staged'), BYTES);
    process.umask(mask);
    const target = await openTarget(path);
    valueOf(await target.create(KEY, BYTES));
    valueOf(await target.upload('acme/data/x.gpg', staged));
    const modes = await Promise.all(
      ['acme', 'acme/snapshots', 'tmp', KEY, 'acme/data/x.gpg'].map(
        async (name) => (await lstat(join(path, name))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600, 0o600]);
  });

  it('of a staged file that was public become private with the upload', async () => {
    const { path, parent } = await makePlace();
    const staged = await stageFile(join(parent, 'staged'), BYTES);
    await chmod(staged.path, 0o644);
    const target = await openTarget(path);
    valueOf(await target.upload(KEY, staged));
    expect((await lstat(join(path, KEY))).mode & 0o777).toBe(0o600);
  });
});

describe('planted symbolic links', () => {
  it.each(['acme', 'acme/snapshots', 'tmp'])(
    'at %s stop every write, and nothing goes where they lead',
    async (name) => {
      const { path, parent } = await makePlace();
      const elsewhere = join(parent, 'elsewhere');
      await mkdir(join(elsewhere, 'snapshots', 'files'), { recursive: true });
      await mkdir(join(path, name, '..'), { recursive: true });
      await symlink(elsewhere, join(path, name));
      const target = await openTarget(path);
      expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_UNSAFE');
      const uploaded = await target.upload(KEY, await stageFile(join(parent, 'staged'), BYTES));
      expect(failureIn(uploaded).code).toBe('TARGET_UNSAFE');
      expect(await readdir(elsewhere)).toEqual(['snapshots']);
      expect(await readdir(join(elsewhere, 'snapshots', 'files'))).toEqual([]);
    },
  );

  it('under a key stop reading, writing and removing', async () => {
    const { path, parent } = await makePlace();
    await mkdir(join(path, 'acme/snapshots/files'), { recursive: true, mode: 0o700 });
    await writeFile(join(parent, 'victim'), 'victim');
    await symlink(join(parent, 'victim'), join(path, KEY));
    const target = await openTarget(path);
    expect(failureIn(await target.get(KEY, 100)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.read(KEY)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.stat(KEY)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.remove(KEY)).code).toBe('TARGET_UNSAFE');
    expect(valueOf(await target.list('')).map(({ key }) => key)).toContain(KEY);
  });

  it('in a folder on the way stop reading', async () => {
    const { path, parent } = await makePlace();
    await mkdir(join(parent, 'elsewhere'));
    await symlink(join(parent, 'elsewhere'), join(path, 'acme'));
    const target = await openTarget(path);
    expect(failureIn(await target.get(KEY, 100)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.list('acme/')).code).toBe('TARGET_UNSAFE');
  });

  it('as a staged file are refused', async () => {
    const { path, parent } = await makePlace();
    const staged = await stageFile(join(parent, 'staged'), BYTES);
    await symlink(staged.path, join(parent, 'link'));
    const target = await openTarget(path);
    expect(failureIn(await target.upload(KEY, { ...staged, path: join(parent, 'link') })).code).toBe(
      'TARGET_UNSAFE',
    );
  });

  it('as the configured path itself are followed once', async () => {
    const { path, parent } = await makePlace();
    await symlink(path, join(parent, 'link'));
    const target = await openTarget(join(parent, 'link'));
    valueOf(await target.create(KEY, BYTES));
    expect((await lstat(join(path, KEY))).isFile()).toBe(true);
  });
});

it('a fifo under a key does not hang a reader', async () => {
  const { path } = await makePlace();
  spawnSync('mkfifo', [join(path, 'pipe')]);
  const target = await openTarget(path);
  expect(failureIn(await target.get('pipe', 100)).code).toBe('TARGET_UNSAFE');
});

describe('directories of others', () => {
  it('that everybody may write to are not written to', async () => {
    const { path } = await makePlace();
    await chmod(path, 0o777);
    const target = await openTarget(path);
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.stagingDirectory('run')).code).toBe('TARGET_UNSAFE');
    expect(await readdir(path)).toEqual([]);
  });

  it.skipIf(lacksAbility('root'))('are read, as in an emergency, but never written to', async () => {
    const { path } = await makePlace();
    const target = await openTarget(path);
    valueOf(await target.create(KEY, BYTES));
    await chown(path, 1000, 1000);
    expect(valueOf(await target.get(KEY, 100))).toEqual(BYTES);
    expect(failureIn(await target.create('acme/y', BYTES)).code).toBe('TARGET_UNSAFE');
  });

  it.skipIf(lacksAbility('root'))('below the target are not written to', async () => {
    const { path } = await makePlace();
    await mkdir(join(path, 'acme'), { mode: 0o700 });
    await chown(join(path, 'acme'), 1000, 1000);
    const target = await openTarget(path);
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_UNSAFE');
  });
});

describe('a directory that goes away', () => {
  it('is an error for readers and writers, never an empty place', async () => {
    const { path } = await makePlace();
    const target = await openTarget(path);
    valueOf(await target.create(KEY, BYTES));
    await rename(path, `${path}.gone`);
    await mkdir(path, { mode: 0o700 });
    expect(failureIn(await target.get(KEY, 100)).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.stat(KEY)).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.list('acme/')).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.create(KEY, BYTES)).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.space()).code).toBe('TARGET_UNREACHABLE');
    expect(await readdir(path)).toEqual([]);
  });

  it('is unreachable when it never was a directory', async () => {
    const { parent } = await makePlace();
    await writeFile(join(parent, 'file'), '');
    const target = createFilesystemTarget(realFiles, 'local', {
      path: join(parent, 'file'),
      mustBeMount: false,
    });
    expect(failureIn(await target.open()).code).toBe('TARGET_UNSAFE');
  });
});

describe('a mount that is required', () => {
  const required = (path: string) => createFilesystemTarget(realFiles, 'usb', { path, mustBeMount: true });

  it('and missing is refused, and its mount point stays empty', async () => {
    const { path } = await makePlace();
    expect(failureIn(await required(path).open())).toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: `nothing is mounted at ${path}`,
    });
    expect(failureIn(await required(path).prepare()).code).toBe('TARGET_UNREACHABLE');
    expect(await readdir(path)).toEqual([]);
  });

  it('is never made by preparing', async () => {
    const { parent } = await makePlace();
    expect(failureIn(await required(join(parent, 'new')).prepare()).code).toBe('TARGET_UNREACHABLE');
    expect(await readdir(parent)).toEqual(['backups']);
  });

  it.skipIf(lacksAbility('mount a tmpfs in a private namespace'))(
    'is found, also where it is a bind mount of the same device',
    async () => {
      const { path, parent } = await makePlace();
      await mkdir(join(parent, 'source'));
      for (const args of [
        ['-t', 'tmpfs', 'tmpfs'],
        ['--bind', join(parent, 'source')],
      ]) {
        expect(spawnSync('mount', [...args, path]).status).toBe(0);
        const opened = await required(path).open();
        expect(spawnSync('umount', [path]).status).toBe(0);
        expect(opened.ok).toBe(true);
      }
    },
  );

  it('with spaces in its path is read right from the kernel table', () => {
    const line = '36 35 98:0 / /mnt/my\\040disk\\134 rw,noatime - ext3 /dev/root rw';
    expect([...mountPoints(`${line}\n`)]).toEqual(['/mnt/my disk\\']);
  });
});
