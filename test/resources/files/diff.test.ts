import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayBytes } from '../../../src/domain/index-entry.ts';
import type { IndexHeader } from '../../../src/domain/record.ts';
import { IndexUnreadable } from '../../../src/domain/resource-type.ts';
import type { DiffContext, PathDifference } from '../../../src/domain/resource-type.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { spooledLines } from '../../../src/resources/files/index-spool.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { changeTree, treeChange, type TreeChange } from '../../support/change-tree.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { valueOf } from '../../support/results.ts';
import { digestTree } from '../../support/tree-digest.ts';

const FILES = ['a', 'b', 'd/one', 'd/two', 'd/e/three'];

async function tree(files: readonly string[] = FILES): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  return root;
}

async function snapshot(root: string, options: DiffContext['options'] = {}): Promise<Taken> {
  return valueOf(await take(filesType, { paths: [root], ...options }));
}

async function differences(
  taken: Taken,
  given: Partial<DiffContext> = {},
): Promise<readonly PathDifference[]> {
  const [line = ''] = readFileSync(taken.index, 'utf8').split('\n');
  const { facts } = JSON.parse(line) as IndexHeader;
  const context: DiffContext = {
    resource: 'thing',
    options: {},
    planDirectory: '/',
    only: [],
    facts,
    lines: spooledLines(taken.index),
    ...given,
  };
  const found: PathDifference[] = [];
  for await (const difference of filesType.diff?.(context) ?? []) found.push(difference);
  return found;
}

/** `changed d/one: size`, paths below the root. */
async function changes(root: string, taken: Taken, given: Partial<DiffContext> = {}): Promise<string[]> {
  const found = (await differences(taken, given)).filter(({ state }) => state !== 'same');
  const inside = `${root.slice(1)}/`;
  return found.map(({ path, state, what }) => {
    const name = path.startsWith(inside) ? path.slice(inside.length) : `/${path}`;
    return `${state} ${name === '' ? '.' : name}${what === undefined ? '' : `: ${what}`}`;
  });
}

function keepTime(path: string, change: () => void): void {
  execFileSync('sh', ['-c', 'touch -r "$1" "$1.time"', 'sh', path]);
  change();
  execFileSync('sh', ['-c', 'touch -r "$1.time" "$1"; rm "$1.time"', 'sh', path]);
}

describe.skipIf(lacks('tar'))('beside the live tree, a snapshot', () => {
  test('is the same where nothing changed', async () => {
    const root = await tree();
    symlinkSync('a', join(root, 'link'));
    linkSync(join(root, 'a'), join(root, 'z'));
    const taken = await snapshot(root);
    const found = await differences(taken);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['same']));
    expect(found.map(({ path }) => `/${path}`)).toEqual(
      ['', 'a', 'b', 'd/', 'd/e/', 'd/e/three', 'd/one', 'd/two', 'link', 'z'].map((one) => `${root}/${one}`),
    );
  });

  test.each<[string, (root: string) => void, string[]]>([
    [
      'changed content',
      (root) => {
        writeFileSync(join(root, 'a'), 'longer');
      },
      ['changed a: size, mtime'],
    ],
    [
      'a changed time',
      (root) => {
        utimesSync(join(root, 'a'), 1, 1);
      },
      ['changed a: mtime'],
    ],
    [
      'a changed mode',
      (root) => {
        chmodSync(join(root, 'd'), 0o700);
      },
      ['changed d/: mode'],
    ],
    [
      'a lost file',
      (root) => {
        rmSync(join(root, 'b'));
      },
      ['changed .: mtime', 'missing b'],
    ],
    [
      'a lost directory, with all below it',
      (root) => {
        rmSync(join(root, 'd'), { recursive: true });
      },
      [
        'changed .: mtime',
        'missing d/',
        'missing d/e/',
        'missing d/e/three',
        'missing d/one',
        'missing d/two',
      ],
    ],
    [
      'a new file',
      (root) => {
        writeFileSync(join(root, 'd/new'), '');
      },
      ['changed d/: mtime', 'extra d/new'],
    ],
    [
      'a new directory, with all below it',
      (root) => {
        mkdirSync(join(root, 'c/x'), { recursive: true });
      },
      ['changed .: mtime', 'extra c/', 'extra c/x/'],
    ],
    [
      'a new name',
      (root) => {
        renameSync(join(root, 'a'), join(root, 'c'));
      },
      ['changed .: mtime', 'missing a', 'extra c'],
    ],
    [
      'a file in the place of a directory',
      (root) => {
        rmSync(join(root, 'd/e'), { recursive: true });
        writeFileSync(join(root, 'd/e'), '');
      },
      ['changed d/: mtime', 'changed d/e/: type', 'missing d/e/three'],
    ],
    [
      'a directory in the place of a file',
      (root) => {
        rmSync(join(root, 'a'));
        mkdirSync(join(root, 'a/x'), { recursive: true });
        writeFileSync(join(root, 'a-'), '');
      },
      ['changed .: mtime', 'changed a: type', 'extra a-', 'extra a/x/'],
    ],
    [
      'a link in the place of a directory, never looking behind it',
      (root) => {
        renameSync(join(root, 'd'), `${root}-d`);
        symlinkSync(`${root}-d`, join(root, 'd'));
      },
      [
        'changed .: mtime',
        'changed d/: type',
        'missing d/e/',
        'missing d/e/three',
        'missing d/one',
        'missing d/two',
      ],
    ],
  ])('shows %s', async (_, change, expected) => {
    const root = await tree();
    const taken = await snapshot(root);
    change(root);
    const found = await changes(root, taken);
    expect(found).toEqual(expected);
  });

  test('shows where links lead elsewhere', async () => {
    const root = await tree();
    symlinkSync('a', join(root, 'soft'));
    linkSync(join(root, 'a'), join(root, 'hard'));
    const taken = await snapshot(root);
    const later = new Date(5_000_000);
    rmSync(join(root, 'hard'));
    writeFileSync(join(root, 'hard'), 'a');
    rmSync(join(root, 'soft'));
    symlinkSync('b', join(root, 'soft'));
    for (const name of ['a', 'hard', 'soft'])
      execFileSync('touch', ['-h', '-d', later.toISOString(), join(root, name)]);
    const found = await changes(root, taken);
    expect(found).toContain('changed hard: mtime, link');
    expect(found).toContain('changed soft: mtime, link');
    expect(found).toContain('changed a: mtime');
  });

  test.skipIf(lacksAbility('root'))('shows another owner', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    execFileSync('chown', ['1:1', join(root, 'a')]);
    expect(await changes(root, taken)).toEqual(['changed a: owner']);
  });

  test('does not see content that hides behind size and time', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    keepTime(join(root, 'a'), () => {
      writeFileSync(join(root, 'a'), 'b');
    });
    expect((await changes(root, taken)).filter((one) => !one.includes(' .'))).toEqual([]);
  });

  test('never lists as extra what the plan leaves out, and compares what the snapshot holds of it', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    for (const name of ['x.tmp', 'cache/y', 'd/z.tmp']) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), '');
    }
    writeFileSync(join(root, 'b'), 'changed');
    const found = await changes(root, taken, { options: { exclude: ['*.tmp', '/cache/', '/b'] } });
    expect(found).toEqual(['changed .: mtime', 'changed b: size, mtime', 'changed d/: mtime']);
  });

  test('shows names in the order of their bytes, escaped', async () => {
    const root = await tree(['a', 'keep']);
    const taken = await snapshot(root);
    for (const name of [Buffer.from('z\xff', 'latin1'), Buffer.from('new\nline')])
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), '');
    expect(await changes(root, taken)).toEqual([
      'changed .: mtime',
      String.raw`extra new\x0aline`,
      String.raw`extra z\xff`,
    ]);
  });

  test('is compared in the wanted part alone', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    writeFileSync(join(root, 'a'), 'changed');
    writeFileSync(join(root, 'd/e/new'), '');
    expect(await changes(root, taken, { only: [join(root, 'd/e')] })).toEqual([
      'changed d/e/: mtime',
      'extra d/e/new',
    ]);
  });

  test('is missing as a whole where its root is gone', async () => {
    const root = await tree(['a']);
    const taken = await snapshot(root);
    rmSync(root, { recursive: true });
    expect(await changes(root, taken)).toEqual(['missing .', 'missing a']);
  });

  test('is looked for where a configured link leads now', async () => {
    const root = await tree(['v1/a', 'v2/a', 'v2/b']);
    const link = join(root, 'current');
    symlinkSync('v1', link);
    const taken = valueOf(await take(filesType, { paths: [link] }));
    execFileSync('ln', ['-sfn', 'v2', link]);
    const found = await changes(join(root, 'v1'), taken);
    expect(found).toContain('extra b');
    expect(found.some((one) => one.startsWith('missing'))).toBe(false);
  });

  test('is looked for where it is mapped to', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    renameSync(join(root, 'd'), `${root}-d`);
    writeFileSync(`${root}-d/new`, '');
    const found = await changes(root, taken, { map: [{ from: join(root, 'd'), to: `${root}-d` }] });
    expect(found).toEqual(['changed .: mtime', 'changed d/: mtime', 'extra d/new']);
  });

  test('that cannot be read to its end says so', async () => {
    const taken = await snapshot(await tree());
    async function* torn(): AsyncGenerator<Buffer> {
      for await (const line of spooledLines(taken.index)) {
        if (line.includes('"end"')) throw new IndexUnreadable('torn');
        yield line;
      }
    }
    await expect(differences(taken, { lines: torn() })).rejects.toThrow('torn');
  });
});

describe.skipIf(lacks('tar'))('beside a folder that was restored', () => {
  test('a snapshot is the same, until the folder changes', async () => {
    const root = await tree();
    linkSync(join(root, 'a'), join(root, 'hard'));
    const taken = await snapshot(root);
    const { staging, result } = await putBack(filesType, [taken]);
    valueOf(result);
    rmSync(root, { recursive: true });
    expect(await changes(root, taken, { root: staging })).toEqual([]);
    writeFileSync(join(staging, root, 'd/new'), '');
    expect(await changes(root, taken, { root: `${staging}/` })).toEqual(['changed d/: mtime', 'extra d/new']);
  });

  test('what was mapped is found at its place', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    const map = [{ from: join(root, 'd'), to: '/elsewhere' }];
    const { staging, result } = await putBack(filesType, [taken], { map });
    valueOf(result);
    writeFileSync(join(staging, 'elsewhere/one'), 'changed');
    // Microseconds are all that Node can set.
    const found = (await changes(root, taken, { root: staging, map })).filter(
      (one) => one !== 'changed .: mtime',
    );
    expect(found).toEqual(['changed d/one: size, mtime']);
  });

  test('a socket that cannot come back is not missing', async () => {
    const root = await tree();
    execFileSync('python3', [
      '-c',
      'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
      join(root, 's'),
    ]);
    const taken = await snapshot(root);
    const { staging, result } = await putBack(filesType, [taken]);
    valueOf(result);
    expect(await changes(root, taken, { root: staging })).toEqual([]);
  });
});

test.skipIf(lacks('tar', 'setfattr'))(
  'a snapshot differs from the live tree exactly where the trees differ',
  async () => {
    const changeLists = fc.array(treeChange, { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(changeLists, changeLists, async (before, after) => {
      const root = await tree(['keep']);
      const apply = (changes: readonly TreeChange[], from: number) => {
        changes.forEach((one, step) => {
          changeTree(root, one, from + step);
        });
      };
      apply(before, 0);
      const old = digestTree(root);
      const taken = await snapshot(root);
      expect(await changes(root, taken)).toEqual([]);
      apply(after, 100);
      // Which other names a file has is told of the names that came or went.
      const alone = (line: string) => line.replace(/ with "(?:[^"\\]|\\.)*"$/, '').trimEnd();
      const names = (lines: readonly string[]) => new Map(lines.map((line) => [nameIn(line), alone(line)]));
      const [was, is] = [names(old), names(digestTree(root))];
      const differing = [...new Set([...was.keys(), ...is.keys()])].filter(
        (name) => was.get(name) !== is.get(name),
      );
      const found = (await differences(taken)).filter(({ state }) => state !== 'same');
      const shown = new Set(found.map(({ path }) => path.slice(root.length - 1).replace(/\/$/, '')));
      for (const name of differing) expect(shown).toContain(name);
      if (differing.length === 0) expect(found).toEqual([]);
    });
    await fc.assert(property, { numRuns: 40 });
  },
  60_000,
);

/** The name that a line of a digest is about, as a difference spells it. */
function nameIn(line: string): string {
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(line)?.[0] ?? '""';
  return displayBytes(JSON.parse(quoted) as string);
}
