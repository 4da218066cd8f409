import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesType } from '../../../src/resources/files/index.ts';
import { entriesOf, putBack, storedIn, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { valueOf } from '../../support/results.ts';
import { changeTree, treeChange } from '../../support/change-tree.ts';
import { settle } from '../../support/settled-tree.ts';
import { digestTree } from '../../support/tree-digest.ts';

async function sampleTree(): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(root, 'z'));
  for (const name of ['a/one', 'a/b/two', 'z/three', 'top']) writeFileSync(join(root, name), name);
  linkSync(join(root, 'a/one'), join(root, 'z/also-one'));
  await settle(root);
  return root;
}

async function full(root: string, options = {}): Promise<Taken> {
  return valueOf(await take(filesType, { paths: [root], ...options }));
}

async function incremental(root: string, parent: Taken, options = {}): Promise<Taken> {
  return valueOf(await take(filesType, { paths: [root], ...options }, { mode: 'incremental', parent }));
}

async function storedBelow(root: string, taken: Taken): Promise<string[]> {
  return (await storedIn(taken)).map((path) => path.slice(root.length));
}

describe.skipIf(lacks('tar', 'setfattr'))('an incremental capture', () => {
  test('stores nothing of what did not change, and lists everything', async () => {
    const root = await sampleTree();
    const first = await full(root);
    const second = await incremental(root, first);
    expect(await storedIn(second)).toEqual([]);
    expect(second.evidence.rawBytes).toBe(10_240);
    expect([...(await entriesOf(second)).keys()]).toEqual([...(await entriesOf(first)).keys()]);
  });

  test('stores a file whose content changed while size and time stayed', async () => {
    const root = await sampleTree();
    const first = await full(root);
    const before = statSync(join(root, 'top'));
    writeFileSync(join(root, 'top'), 'pot');
    utimesSync(join(root, 'top'), before.atime, before.mtime);
    expect(await storedBelow(root, await incremental(root, first))).toEqual(['top']);
  });

  test.each<[string, (root: string) => void, string[]]>([
    [
      'a new mode',
      (root) => {
        chmodSync(join(root, 'top'), 0o600);
      },
      ['top'],
    ],
    [
      'a new owner',
      (root) => {
        execFileSync('chown', [':4321', join(root, 'a/b/two')]);
      },
      ['a/b/two'],
    ],
    [
      'a new name',
      (root) => {
        renameSync(join(root, 'top'), join(root, 'tip'));
      },
      ['', 'tip'],
    ],
    [
      'a removal',
      (root) => {
        rmSync(join(root, 'a/b/two'));
      },
      ['a/b/'],
    ],
    [
      'one more hard link',
      (root) => {
        linkSync(join(root, 'a/one'), join(root, 'm'));
      },
      ['', 'a/one', 'm', 'z/also-one'],
    ],
    [
      'one hard link less',
      (root) => {
        rmSync(join(root, 'a/one'));
      },
      ['a/', 'z/also-one'],
    ],
  ])('stores exactly what %s touches', async (_, change, expected) => {
    const root = await sampleTree();
    const first = await full(root);
    change(root);
    const second = await incremental(root, first);
    expect(await storedBelow(root, second)).toEqual(expected);
    const { staging, result } = await putBack(filesType, [first, second]);
    valueOf(result);
    expect(digestTree(join(staging, root))).toEqual(digestTree(root));
  });

  test('stores again what changed too recently for the clock to tell', async () => {
    const root = await sampleTree();
    writeFileSync(join(root, 'fresh'), 'x');
    const clock = { nowMs: () => Math.floor(statSync(join(root, 'fresh')).ctimeMs), monotonicMs: () => 0 };
    const first = valueOf(await take(filesType, { paths: [root] }, { clock }));
    expect((await entriesOf(first)).get(`${root.slice(1)}/fresh`)?.ctimeNs).toBeUndefined();
    expect(await storedBelow(root, await incremental(root, first))).toContain('fresh');
  });

  test('sets directory times right where only the rules changed', async () => {
    const root = await sampleTree();
    const first = await full(root);
    const second = await incremental(root, first, { exclude: ['two'] });
    expect(await storedIn(second)).toEqual([]);
    const { staging, result } = await putBack(filesType, [first, second]);
    valueOf(result);
    const time = (path: string) => statSync(path, { bigint: true }).mtimeNs;
    expect(time(join(staging, root, 'a/b'))).toBe(time(join(root, 'a/b')));
  });

  test('keeps hard links whole where the first of a group becomes excluded', async () => {
    const root = await sampleTree();
    const first = await full(root);
    const second = await incremental(root, first, { exclude: ['/a/one'] });
    const { staging, result } = await putBack(filesType, [first, second]);
    valueOf(result);
    rmSync(join(root, 'a/one'));
    const [restored, source] = [digestTree(join(staging, root)), digestTree(root)];
    const withoutTime = (line: string) => !line.startsWith('"/a" ');
    expect(restored.filter(withoutTime)).toEqual(source.filter(withoutTime));
  });
});

describe.skipIf(lacks('tar', 'setfattr'))('a hard link of which one name moved', () => {
  async function moved(): Promise<{ root: string; chain: [Taken, Taken] }> {
    const root = await sampleTree();
    const first = await full(root);
    renameSync(join(root, 'z'), join(root, 'y'));
    return { root, chain: [first, await incremental(root, first)] };
  }

  test('is still one file with the other name', async () => {
    const { root, chain } = await moved();
    const { staging, result } = await putBack(filesType, chain);
    valueOf(result);
    expect(digestTree(join(staging, root))).toEqual(digestTree(root));
    expect(statSync(join(staging, root, 'a/one')).nlink).toBe(2);
  });

  test.each(['y/also-one', 'y', 'a/one', 'a'])('comes back where only %s is wanted', async (only) => {
    const { root, chain } = await moved();
    const { staging, result } = await putBack(filesType, chain, { only: [join(root, only)] });
    valueOf(result);
    const name = only.startsWith('y') ? 'y/also-one' : 'a/one';
    expect(readFileSync(join(staging, root, name), 'utf8')).toBe('a/one');
    expect(readdirSync(join(staging, root))).toEqual([only.slice(0, 1)]);
    const time = (path: string) => statSync(path, { bigint: true }).mtimeNs;
    if (!only.includes('/')) expect(time(join(staging, root, only))).toBe(time(join(root, only)));
  });
});

test.skipIf(lacks('tar', 'setfattr'))('a fifo with two names is listed and restored as two', async () => {
  const root = await sampleTree();
  execFileSync('sh', ['-c', 'mkfifo f; ln f g'], { cwd: root });
  const first = await full(root);
  const types = [...(await entriesOf(first)).values()].map(({ type }) => type);
  expect(types.filter((type) => type === 'fifo')).toHaveLength(2);
  const { staging, result } = await putBack(filesType, [first]);
  valueOf(result);
  expect(digestTree(join(staging, root))).toEqual(digestTree(root));
});

test.skipIf(lacks('tar', 'setfattr'))('a differential capture builds on the full alone', async () => {
  const root = await sampleTree();
  const first = await full(root);
  writeFileSync(join(root, 'top'), 'one change');
  valueOf(await take(filesType, { paths: [root] }, { mode: 'differential', parent: first }));
  writeFileSync(join(root, 'z/three'), 'another change');
  const second = valueOf(await take(filesType, { paths: [root] }, { mode: 'differential', parent: first }));
  expect(await storedBelow(root, second)).toEqual(['top', 'z/three']);
  const { staging, result } = await putBack(filesType, [first, second]);
  valueOf(result);
  expect(digestTree(join(staging, root))).toEqual(digestTree(root));
});

test.skipIf(lacks('tar', 'setfattr'))(
  'every level of a chain of up to seven restores exactly the tree of its time',
  async () => {
    const history = fc.array(fc.array(treeChange, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 7,
    });
    const property = fc.asyncProperty(history, async (levels) => {
      const root = join(await temporaryFolder(), 'tree');
      mkdirSync(root);
      writeFileSync(join(root, 'keep'), 'always');
      const digests: (readonly string[])[] = [];
      const chain: Taken[] = [];
      for (const [level, changes] of levels.entries()) {
        changes.forEach((one, step) => {
          changeTree(root, one, level * 10 + step);
        });
        digests.push(digestTree(root));
        const parent = chain.at(-1);
        chain.push(await (parent === undefined ? full(root) : incremental(root, parent)));
      }
      for (const [level, digest] of digests.entries()) {
        const [first, ...later] = chain.slice(0, level + 1);
        const { staging, result } = await putBack(filesType, [first!, ...later]);
        valueOf(result);
        expect(digestTree(join(staging, root))).toEqual(digest);
      }
    });
    await fc.assert(property, { numRuns: 25 });
  },
  120_000,
);
