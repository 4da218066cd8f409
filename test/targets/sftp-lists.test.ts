import { mkdir, mkdtemp, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sftp } from '../../src/targets/sftp/index.ts';
import { startLesserServer } from '../support/lesser-sftp-server.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { connectTo, newPath } from '../support/sftp-place.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { targetContext } from '../support/target-context.ts';

describe.skipIf(lacks('sshd', 'ssh-keygen'))('a folder listed by SFTP', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it('holds links by their own size, names of any bytes, and every level', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const root = join(sshd.folder, path);
    await mkdir(join(root, 'a/b/c/d'), { recursive: true });
    await writeFile(join(root, 'a/b/c/d/deep.json'), 'deep');
    const outside = await mkdtemp(join(sshd.scratch, 'outside-'));
    await writeFile(join(outside, 'secret'), 'of somebody else');
    await symlink(outside, join(root, 'a/link'));
    await writeFile(Buffer.concat([Buffer.from(join(root, 'a/')), Buffer.from([0xff, 0xfe])]), 'x');
    await mkdir(Buffer.concat([Buffer.from(join(root, 'a/')), Buffer.from([0xc3, 0x28])]));
    const listed = valueOf(await target.list(''));
    expect(listed.map(({ key }) => key)).toEqual([
      'a/b/c/d/deep.json',
      'a/link',
      'a/\uFFFD(',
      'a/\uFFFD\uFFFD',
    ]);
    expect(listed.find(({ key }) => key === 'a/link')?.size).toBe(outside.length);
    expect(failureIn(await target.get('a/link', 1000)).code).toBe('TARGET_UNSAFE');
    expect(failureIn(await target.read('a/link')).code).toBe('TARGET_UNSAFE');
  });

  it('may be larger than one answer', { timeout: 30_000 }, async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const folder = join(sshd.folder, path, 'acme/snapshots/files');
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: 1500 }, (_, index) => `${String(index).padStart(4, '0')}.json`);
    await Promise.all(names.map((name) => writeFile(join(folder, name), '')));
    const keys = valueOf(await target.list('acme/')).map(({ key }) => key.slice(-9));
    expect(keys).toEqual(names);
  });

  it('is no empty one when the place itself is gone', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const { rm } = await import('node:fs/promises');
    await rm(join(sshd.folder, path), { recursive: true });
    expect(failureIn(await target.list('acme/')).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.get('repo.json', 1)).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.stat('repo.json')).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await target.create('repo.json', Buffer.from('x'))).code).toBe('TARGET_UNREACHABLE');
  });

  it('is refused where everybody may write', async () => {
    const path = newPath();
    await mkdir(join(sshd.folder, path));
    const { chmod } = await import('node:fs/promises');
    await chmod(join(sshd.folder, path), 0o777);
    expect(failureIn(await connectTo(sshd, path).open()).code).toBe('TARGET_UNSAFE');
  });

  it('loses what is removed, and no more', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    valueOf(await target.create('a/b', Buffer.from('x')));
    await unlink(join(sshd.folder, path, 'a/b'));
    valueOf(await target.remove('a/b'));
    expect(valueOf(await target.list('a/'))).toEqual([]);
  });
});

describe.skipIf(lacks('ssh-keygen'))('a listing that fails half-way', () => {
  it('is a failure, and no shorter list', async () => {
    const server = await startLesserServer({ unreadable: 'second' });
    onTestFinished(() => server.stop());
    const target = sftp.create(targetContext(server.options('place')));
    onTestFinished(() => target.close());
    valueOf(await target.prepare());
    for (const name of ['first', 'second', 'third']) {
      await mkdir(join(server.folder, 'place', name));
      await writeFile(join(server.folder, 'place', name, 'a.json'), 'x');
    }
    expect(valueOf(await target.list('first/'))).toHaveLength(1);
    expect(failureIn(await target.list('')).code).toBe('TARGET_IO');
  });
});
