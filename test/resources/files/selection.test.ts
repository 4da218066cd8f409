import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { entriesOf, take } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

async function tree(...paths: readonly string[]): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(root);
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (path.endsWith('/')) mkdirSync(join(root, path));
    else writeFileSync(join(root, path), path);
  }
  return root;
}

async function listed(root: string, options: JsonObject = {}): Promise<string[]> {
  const taken = valueOf(await take(filesType, { paths: [root], ...options }));
  const inside = `${root.slice(1)}/`;
  return [...(await entriesOf(taken)).keys()]
    .map((path) => (path.startsWith(inside) ? path.slice(inside.length) : `/${path}`))
    .filter((path) => path !== '');
}

describe.skipIf(lacks('tar'))('what is captured', () => {
  test.each<[string, JsonObject, string[]]>([
    ['everything by default', {}, ['a.tmp', 'b.txt', 'c/', 'c/a.tmp', 'c/b.txt', 'c/d/', 'c/d/e.txt']],
    [
      'not what a name pattern matches',
      { exclude: ['*.tmp'] },
      ['b.txt', 'c/', 'c/b.txt', 'c/d/', 'c/d/e.txt'],
    ],
    [
      'not what an anchored pattern matches',
      { exclude: ['/a.tmp'] },
      ['b.txt', 'c/', 'c/a.tmp', 'c/b.txt', 'c/d/', 'c/d/e.txt'],
    ],
    ['not a directory with all below it', { exclude: ['c/'] }, ['a.tmp', 'b.txt']],
    [
      'what a later pattern takes back',
      { exclude: ['*.txt', '!b.txt'] },
      ['a.tmp', 'b.txt', 'c/', 'c/a.tmp', 'c/b.txt', 'c/d/'],
    ],
    [
      'no file for a directory pattern',
      { exclude: ['b.txt/'] },
      ['a.tmp', 'b.txt', 'c/', 'c/a.tmp', 'c/b.txt', 'c/d/', 'c/d/e.txt'],
    ],
    [
      'patterns with regard to case',
      { exclude: ['*.TMP', 'C/'] },
      ['a.tmp', 'b.txt', 'c/', 'c/a.tmp', 'c/b.txt', 'c/d/', 'c/d/e.txt'],
    ],
    ['only what is included, and the way to it', { include: ['*.tmp'] }, ['a.tmp', 'c/', 'c/a.tmp', 'c/d/']],
    ['a whole included directory', { include: ['/c/d/'] }, ['c/', 'c/d/', 'c/d/e.txt']],
    ['exclusion before inclusion', { include: ['*.txt'], exclude: ['/c/'] }, ['b.txt']],
  ])('is %s', async (_, options, expected) => {
    const root = await tree('a.tmp', 'b.txt', 'c/a.tmp', 'c/b.txt', 'c/d/e.txt');
    expect(await listed(root, options)).toEqual(expected);
  });

  test('is told apart by the form of a letter, as the bytes are', async () => {
    const root = await tree('e\u0301', '\u00e9', 'x');
    expect(await listed(root, { exclude: ['\u00e9'] })).toEqual(['e\u0301', 'x']);
  });

  test('is matched by patterns though a name is no UTF-8', async () => {
    const root = await tree('x');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff]), Buffer.from('.tmp')]), '');
    expect(await listed(root, { exclude: ['*.tmp'] })).toEqual(['x']);
    expect(await listed(root, { exclude: ['?.tmp'] })).toEqual(['x']);
  });

  test('is a directory with a marker, but nothing in it beside the marker', async () => {
    const root = await tree('a/.nobackup', 'a/b', 'a/c/d', 'x');
    expect(await listed(root, { excludeIfPresent: ['.nobackup'] })).toEqual(['a/', 'a/.nobackup', 'x']);
  });

  test('is a cache directory only by its tag, where the tag is a real one', async () => {
    const root = await tree('real/CACHEDIR.TAG', 'real/x', 'false/CACHEDIR.TAG', 'false/x', 'pipe/x');
    writeFileSync(join(root, 'real/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n# more');
    execFileSync('mkfifo', [join(root, 'pipe/CACHEDIR.TAG')]);
    const expected = [
      'false/',
      'false/CACHEDIR.TAG',
      'false/x',
      'pipe/',
      'pipe/CACHEDIR.TAG',
      'pipe/x',
      'real/',
      'real/CACHEDIR.TAG',
    ];
    expect(await listed(root, { excludeCaches: true })).toEqual(expected);
  });

  test.skipIf(lacksAbility('root'))(
    'stays on one file system, bind mounts of the same one included',
    async () => {
      const root = await tree('here/x', 'there/', 'bound/', 'y');
      execFileSync('mount', ['--bind', join(root, 'here'), join(root, 'bound')]);
      onTestFinished(() => void execFileSync('umount', [join(root, 'bound')]));
      execFileSync('mount', ['-t', 'tmpfs', 'none', join(root, 'there')]);
      onTestFinished(() => void execFileSync('umount', [join(root, 'there')]));
      writeFileSync(join(root, 'there/z'), '');
      expect(await listed(root, { oneFileSystem: true })).toEqual(['here/', 'here/x', 'y']);
      expect(await listed(root)).toEqual(['bound/', 'bound/x', 'here/', 'here/x', 'there/', 'there/z', 'y']);
    },
  );
});

describe.skipIf(lacks('tar'))('the paths of a plan', () => {
  test('may be links, which are followed once and shown', async () => {
    const root = await tree('x');
    const link = join(dirname(root), 'link');
    symlinkSync('tree', link);
    const taken = valueOf(await take(filesType, { paths: [link] }));
    expect([...(await entriesOf(taken)).keys()]).toEqual([`${root.slice(1)}/`, `${root.slice(1)}/x`]);
  });

  test('may be files, and may start at the folder of the plan', async () => {
    const root = await tree('a.conf', 'b.conf');
    const taken = valueOf(await take(filesType, { paths: ['b.conf', 'a.conf'] }, { planDirectory: root }));
    expect([...(await entriesOf(taken)).keys()]).toEqual(
      ['a.conf', 'b.conf'].map((name) => `${root.slice(1)}/${name}`),
    );
  });

  test('may lie inside each other, and win over what excludes them', async () => {
    const root = await tree('a/b/c', 'a/b/d', 'a/e', 'f');
    const paths = [root, join(root, 'a/b')];
    expect(await listed(root, { paths, exclude: ['a'] })).toEqual(['a/b/', 'a/b/c', 'a/b/d', 'f']);
    expect(await listed(root, { paths })).toEqual(['a/', 'a/b/', 'a/b/c', 'a/b/d', 'a/e', 'f']);
  });

  test('must exist, unless they are optional; one that is gone is reported', async () => {
    const root = await tree('x', 'extra/y');
    const paths = [root, join(dirname(root), 'extra')];
    expect(failureIn(await take(filesType, { paths }))).toMatchObject({ code: 'SOURCE_MISSING' });
    renameSync(join(root, 'extra'), paths[1]!);
    const options = { paths, optional: [paths[1]!] };
    const first = valueOf(await take(filesType, options));
    expect(first.summary.warnings).toEqual([]);
    rmSync(paths[1]!, { recursive: true });
    const second = valueOf(await take(filesType, options, { mode: 'incremental', parent: first }));
    expect(second.summary.warnings).toEqual(['an optional path that was there last time is missing']);
    expect(second.summary.log).toEqual([`missing ${paths[1]!}`]);
    const third = valueOf(await take(filesType, options, { mode: 'incremental', parent: second }));
    expect(third.summary.warnings).toEqual([]);
  });
});

describe('the lints', () => {
  const check = (options: JsonObject) =>
    (filesType.check?.(options) ?? []).map(({ code, path }) => [code, ...path]);

  test.each<[string, JsonObject, unknown[]]>([
    ['nothing wrong', { paths: ['/srv'], optional: ['/srv'], exclude: ['/cache', '*.tmp'] }, []],
    [
      'an optional path that is no path',
      { paths: ['/srv'], optional: ['/srv/'] },
      [['BP1191', 'optional', 0]],
    ],
    [
      'a pattern that repeats its path',
      { paths: ['/srv/'], exclude: ['x', '!/srv/cache'] },
      [['BP2191', 'exclude', 1]],
    ],
    ['an include that repeats its path', { paths: ['/srv'], include: ['/srv'] }, [['BP2191', 'include', 0]]],
    ['the whole system without bounds', { paths: ['/'] }, [['BP2192', 'paths', 0]]],
    ['the whole system on one file system', { paths: ['/'], oneFileSystem: true }, []],
  ])('say %s', (_, options, expected) => {
    expect(check(options)).toEqual(expected);
  });
});
