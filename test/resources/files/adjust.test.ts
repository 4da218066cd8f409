import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesType } from '../../../src/resources/files/index.ts';
import type { LivePlaces, PathMapping, RestoreContext } from '../../../src/domain/resource-type.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

async function tree(...files: readonly string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'tree');
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

async function taken(root: string): Promise<Taken> {
  return valueOf(await take(filesType, { paths: [root] }));
}

async function restored(root: string, how: Partial<RestoreContext>): Promise<string> {
  const { staging, result } = await putBack(filesType, [await taken(root)], how);
  valueOf(result);
  return staging;
}

function ownerOf(path: string): string {
  const { uid, gid } = lstatSync(path);
  return `${String(uid)}:${String(gid)}`;
}

describe.skipIf(lacks('tar') || lacksAbility('root'))('owners', () => {
  async function owned(uid: number, gid: number): Promise<string> {
    const root = await tree('d/file');
    symlinkSync('nowhere', join(root, 'd/link'));
    execFileSync('chown', ['-hR', `${String(uid)}:${String(gid)}`, root]);
    return root;
  }

  /** An archive that another machine might have written: the same names, other numbers. */
  async function foreign(): Promise<{ readonly root: string; readonly snapshot: Taken }> {
    const root = await owned(1, 1);
    const snapshot = await taken(root);
    execFileSync('tar', [
      ...['--create', `--file=${snapshot.file}`, '--format=posix', '--directory=/', '--sort=name'],
      ...['--owner=daemon:54321', '--group=daemon:54322', root.slice(1)],
    ]);
    return { root, snapshot };
  }

  test('are those of the source, also where nobody has that number', async () => {
    const root = await owned(54_321, 54_322);
    const staging = await restored(root, {});
    expect(ownerOf(join(staging, root, 'd/link'))).toBe('54321:54322');
  });

  test('go by name where this machine knows the name', async () => {
    const { root, snapshot } = await foreign();
    const { staging, result } = await putBack(filesType, [snapshot]);
    valueOf(result);
    expect(ownerOf(join(staging, root, 'd/file'))).toBe('1:1');
  });

  test('go by number where that is asked for', async () => {
    const { root, snapshot } = await foreign();
    const { staging, result } = await putBack(filesType, [snapshot], { numericOwner: true });
    valueOf(result);
    expect(ownerOf(join(staging, root, 'd/file'))).toBe('54321:54322');
  });

  test('are stored by name and number', async () => {
    const { file } = await taken(await owned(1, 54_322));
    const listing = (how: readonly string[]) =>
      execFileSync('tar', ['-tvf', file, ...how], { encoding: 'utf8' });
    expect(listing([])).toContain(' daemon/54322 ');
    expect(listing(['--numeric-owner'])).toContain(' 1/54322 ');
  });

  test.each([
    ['names', 'daemon:bin', '1:2'],
    ['numbers', '4000:4001', '4000:4001'],
    ['a user alone', 'daemon', '1:7'],
  ])('are what is asked for, as %s', async (_, owner, expected) => {
    const root = await owned(6, 7);
    const staging = await restored(root, { owner });
    for (const path of ['', 'd', 'd/file', 'd/link'])
      expect(ownerOf(join(staging, root, path))).toBe(expected);
  });

  test('never reach what a link leads to', async () => {
    const root = await tree('a');
    const outside = await tree('kept');
    symlinkSync(outside, join(root, 'link'));
    await restored(root, { owner: '4000:4000' });
    expect(ownerOf(join(outside, 'kept'))).toBe('0:0');
  });

  test('that are new cost no program its setuid bit', async () => {
    const root = await tree('program', 'other');
    chmodSync(join(root, 'program'), 0o6755);
    linkSync(join(root, 'program'), join(root, 'z-also'));
    const staging = await restored(root, { owner: '4000:4001' });
    expect(statSync(join(staging, root, 'program')).mode & 0o7777).toBe(0o6755);
    expect(statSync(join(staging, root, 'other')).mode & 0o7777).toBe(0o644);
  });

  test('that nobody knows are a failure', async () => {
    const root = await tree('a');
    const { result } = await putBack(filesType, [await taken(root)], { owner: 'no-such-user:nor-group' });
    expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
    expect(failureIn(result).toolOutput).toContain('invalid user');
  });

  test('cannot be an option', async () => {
    const root = await tree('a');
    const { result } = await putBack(filesType, [await taken(root)], { owner: '--reference=/etc' });
    expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
  });

  test('of an incremental chain are those of the last level', async () => {
    const root = await owned(6, 7);
    const first = await taken(root);
    chownSync(join(root, 'd/file'), 1, 1);
    const second = valueOf(await take(filesType, { paths: [root] }, { mode: 'incremental', parent: first }));
    const { staging, result } = await putBack(filesType, [first, second]);
    valueOf(result);
    expect(['d', 'd/file'].map((path) => ownerOf(join(staging, root, path)))).toEqual(['6:7', '1:1']);
  });
});

test.skipIf(lacks('tar'))('the mode of files is set on files alone', async () => {
  const root = await tree('d/file', 'd/program');
  chmodSync(join(root, 'd/program'), 0o755);
  symlinkSync('/etc/passwd', join(root, 'd/link'));
  const before = statSync('/etc/passwd').mode;
  const staging = await restored(root, { fileMode: 0o600 });
  const modes = ['d/file', 'd/program', 'd'].map((path) => statSync(join(staging, root, path)).mode & 0o7777);
  expect(modes).toEqual([0o600, 0o600, 0o755]);
  expect(statSync('/etc/passwd').mode).toBe(before);
});

describe.skipIf(lacks('tar'))('a mapping', () => {
  async function mapped(root: string, ...map: readonly PathMapping[]): Promise<string> {
    return restored(root, { map });
  }

  test('moves a root to another place', async () => {
    const root = await tree('a', 'd/b');
    const staging = await mapped(root, { from: root, to: '/srv/new/' });
    expect(readdirSync(staging)).toEqual(['srv']);
    expect(readFileSync(join(staging, 'srv/new/d/b'), 'utf8')).toBe('d/b');
  });

  test('moves what lies below a path, and nothing beside it', async () => {
    const root = await tree('d/b', 'd-/c', 'e');
    const staging = await mapped(root, { from: join(root, 'd'), to: join(root, 'f/g') });
    expect(readdirSync(join(staging, root)).sort()).toEqual(['d-', 'e', 'f']);
    expect(readFileSync(join(staging, root, 'f/g/b'), 'utf8')).toBe('d/b');
  });

  test('moves a file', async () => {
    const root = await tree('a', 'b');
    const staging = await mapped(root, { from: join(root, 'a'), to: '/x' });
    expect(readFileSync(join(staging, 'x'), 'utf8')).toBe('a');
  });

  test('of an inner path holds against one of an outer path, in any order', async () => {
    const root = await tree('d/b/c', 'd/x');
    const [outer, inner] = [
      { from: root, to: '/one' },
      { from: join(root, 'd/b'), to: '/two' },
    ];
    for (const map of [
      [outer, inner],
      [inner, outer],
    ]) {
      const staging = await mapped(root, ...map);
      expect(readFileSync(join(staging, 'one/d/x'), 'utf8')).toBe('d/x');
      expect(readFileSync(join(staging, 'two/c'), 'utf8')).toBe('d/b/c');
      expect(existsSync(join(staging, 'one/d/b'))).toBe(false);
    }
  });

  test('may exchange two places', async () => {
    const root = await tree('a/x', 'b/y');
    const [a, b] = [join(root, 'a'), join(root, 'b')];
    const staging = await mapped(root, { from: a, to: b }, { from: b, to: a });
    expect([readdirSync(join(staging, a)), readdirSync(join(staging, b))]).toEqual([['y'], ['x']]);
  });

  test('may lead into the place that it comes from', async () => {
    const root = await tree('a');
    const staging = await mapped(root, { from: root, to: join(root, 'old') });
    expect(readFileSync(join(staging, root, 'old/a'), 'utf8')).toBe('a');
  });

  test('keeps an empty directory that the snapshot holds, with its time', async () => {
    const root = await tree('d/only/x');
    const before = statSync(join(root, 'd')).mtimeMs;
    const staging = await mapped(root, { from: join(root, 'd/only'), to: '/x' });
    expect(readdirSync(join(staging, root, 'd'))).toEqual([]);
    expect(statSync(join(staging, root, 'd')).mtimeMs).toBeCloseTo(before, 1);
  });

  test('never leaves the restored tree', async () => {
    const root = await tree('a');
    const staging = await mapped(root, { from: root, to: '/../../../../x/../up' });
    expect(readdirSync(staging)).toEqual(['up']);
  });

  test.each([
    ['what the snapshot holds', 'a', 'b', 'DESTINATION_REFUSED'],
    ['a place below a link', 'a', 'link/x', 'DESTINATION_REFUSED'],
    ['a place below a file', 'a', 'b/x', 'DESTINATION_REFUSED'],
    ['anywhere from what the snapshot lacks', 'c', 'd', 'NOT_FOUND'],
    ['anywhere from behind a link', 'link/passwd', 'd', 'NOT_FOUND'],
  ])('is refused that leads to %s', async (_, from, to, code) => {
    const root = await tree('a', 'b');
    symlinkSync('/etc', join(root, 'link'));
    const map = [{ from: join(root, from), to: join(root, to) }];
    const { result } = await putBack(filesType, [await taken(root)], { map });
    expect(failureIn(result)).toMatchObject({ code });
    expect(existsSync('/etc/x')).toBe(false);
  });

  describe('decides about the live places', () => {
    async function places(root: string, map: readonly PathMapping[], only: readonly string[] = []) {
      const { live } = filesType;
      if (live?.kind !== 'paths') throw new Error('files replace live paths');
      const facts = { roots: [{ configured: root, resolved: root }] };
      const found = await live.place({
        resource: 'thing',
        options: { paths: [root] },
        planDirectory: '/',
        facts,
        map,
        only,
      });
      return (valueOf(found) satisfies LivePlaces).places.map(({ staged, live: path }) => {
        expect(`/${staged ?? ''}`).toBe(path);
        return path;
      });
    }

    test('of a root, of what leaves it and of a wanted path', async () => {
      const root = await tree('d/b', 'x');
      const elsewhere = { from: join(root, 'd'), to: '/srv/elsewhere' };
      expect(await places(root, [{ from: root, to: '/srv/new' }])).toEqual(['/srv/new']);
      expect(await places(root, [elsewhere])).toEqual([root, '/srv/elsewhere']);
      expect(await places(root, [{ from: join(root, 'd'), to: join(root, 'e') }])).toEqual([root]);
      expect(await places(root, [elsewhere], [join(root, 'd/b')])).toEqual(['/srv/elsewhere/b']);
      expect(await places(root, [elsewhere], [join(root, 'x')])).toEqual([join(root, 'x')]);
    });
  });
});
