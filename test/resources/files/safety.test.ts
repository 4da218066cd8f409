import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { IndexEntry } from '../../../src/domain/record.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

interface Forged {
  /** Makes what tar packs, in the folder that it is given. */
  readonly make?: (folder: string) => void;
  readonly names?: readonly string[];
  readonly entries: readonly (Pick<IndexEntry, 'type'> & Partial<IndexEntry>)[];
  readonly level?: number;
}

/** A snapshot as somebody might forge it: any archive beside any index. */
async function forge({ make, names = [], entries, level = 0 }: Forged): Promise<Taken> {
  const folder = await temporaryFolder();
  const source = join(folder, 'source');
  mkdirSync(source);
  make?.(source);
  const file = join(folder, 'artifact');
  execFileSync('tar', ['-cPf', file, '--no-recursion', '-C', source, '--files-from=/dev/null', ...names]);
  const index = join(folder, 'index');
  const lines = [
    { format: 'backup-plan/index@1' },
    ...entries,
    { end: true, entries: entries.length, log: [] },
  ];
  writeFileSync(index, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { mode: 'full', level, file, index, evidence: {} as never, summary: {} as never };
}

const stored = { stored: true } as const;

describe.skipIf(lacks('tar'))('nothing is written where an index lists', () => {
  test.each<[string, Forged['entries']]>([
    ['a path that climbs', [{ path: '../x', type: 'file' }]],
    [
      'a path that climbs further in',
      [
        { path: 'a/', type: 'directory' },
        { path: 'a/../../x', type: 'file' },
      ],
    ],
    ['an absolute path', [{ path: '/etc/x', type: 'file' }]],
    ['an empty component', [{ path: 'a//x', type: 'file' }]],
    ['a single dot', [{ path: './x', type: 'file' }]],
    ['a NUL', [{ path: 'a\0b', type: 'file' }]],
    ['an empty path', [{ path: '', type: 'directory' }]],
    ['a directory as a file', [{ path: 'a/', type: 'file' }]],
    ['a file as a directory', [{ path: 'a', type: 'directory' }]],
    [
      'a path twice',
      [
        { path: 'a', type: 'file' },
        { path: 'a', type: 'symlink' },
      ],
    ],
    [
      'paths out of order',
      [
        { path: 'b', type: 'file' },
        { path: 'a', type: 'file' },
      ],
    ],
    [
      'a file below a link',
      [
        { path: 'a', type: 'symlink' },
        { path: 'a/x', type: 'file' },
      ],
    ],
    [
      'a file below a link, others between',
      [
        { path: 'a', type: 'symlink' },
        { path: 'a-b', type: 'file' },
        { path: 'a/b/x', type: 'file' },
      ],
    ],
    [
      'a file below a file of a listed directory',
      [
        { path: 'd/', type: 'directory' },
        { path: 'd/a', type: 'file' },
        { path: 'd/a/x', type: 'file' },
      ],
    ],
    ['a hard link to outside', [{ path: 'a', type: 'hardlink', link: '../x' }]],
    ['a hard link to an absolute path', [{ path: 'a', type: 'hardlink', link: '/etc/passwd' }]],
    ['a hard link to what is not listed', [{ path: 'b', type: 'hardlink', link: 'a' }]],
    [
      'a hard link through a link',
      [
        { path: 'a', type: 'symlink', link: '/etc' },
        { path: 'b', type: 'hardlink', link: 'a/passwd' },
      ],
    ],
    [
      'a hard link to a hard link',
      [
        { path: 'a', type: 'file' },
        { path: 'b', type: 'hardlink', link: 'a' },
        { path: 'c', type: 'hardlink', link: 'b' },
      ],
    ],
    ['a hard link without a target', [{ path: 'a', type: 'hardlink' }]],
  ])('%s', async (_, entries) => {
    const { staging, result } = await putBack(filesType, [await forge({ entries })]);
    expect(failureIn(result)).toMatchObject({ code: 'UNSAFE_ENTRY' });
    expect(readdirSync(staging)).toEqual([]);
  });

  test('an unsafe entry in any level, even the last', async () => {
    const good = await forge({
      make: (folder) => {
        writeFileSync(join(folder, 'good'), 'x');
      },
      names: ['good'],
      entries: [{ path: 'good', type: 'file', ...stored }],
    });
    const bad = await forge({ entries: [{ path: '../x', type: 'file' }], level: 1 });
    const { staging, result } = await putBack(filesType, [good, bad]);
    expect(failureIn(result)).toMatchObject({ code: 'UNSAFE_ENTRY' });
    expect(readdirSync(staging)).toEqual([]);
  });
});

describe.skipIf(lacks('tar'))('a link that one level made', () => {
  async function attack(
    listed: 'directory' | 'symlink',
  ): Promise<{ outside: string; code: string | undefined }> {
    const outside = await temporaryFolder();
    const first = await forge({
      make: (folder) => {
        symlinkSync(outside, join(folder, 'd'));
      },
      names: ['d'],
      entries: [{ path: listed === 'symlink' ? 'd' : 'd/', type: listed, ...stored }],
    });
    const second = await forge({
      make: (folder) => {
        mkdirSync(join(folder, 'd'));
        writeFileSync(join(folder, 'd/planted'), 'x');
      },
      names: ['d/planted'],
      entries: [
        { path: 'd/', type: 'directory' },
        { path: 'd/planted', type: 'file', ...stored },
      ],
      level: 1,
    });
    const { result } = await putBack(filesType, [first, second]);
    return { outside, code: result.ok ? undefined : result.failure.code };
  }

  test('is gone before the next level writes below its name', async () => {
    const { outside } = await attack('symlink');
    expect(readdirSync(outside)).toEqual([]);
  });

  test('is gone even where the index calls it a directory', async () => {
    const { outside } = await attack('directory');
    expect(readdirSync(outside)).toEqual([]);
  });
});

describe.skipIf(lacks('tar'))('a restore fails where the archive holds', () => {
  const file = { path: 'a', type: 'file', size: 1, ...stored } as const;

  test.each<[string, Forged]>([
    ['less than the index says', { entries: [file] }],
    [
      'more than the index says',
      {
        make: (folder) => {
          writeFileSync(join(folder, 'a'), 'x');
          writeFileSync(join(folder, 'b'), 'x');
        },
        names: ['a', 'b'],
        entries: [file],
      },
    ],
    [
      'another type',
      {
        make: (folder) => {
          symlinkSync('/etc/passwd', join(folder, 'a'));
        },
        names: ['a'],
        entries: [file],
      },
    ],
  ])('%s', async (_, forged) => {
    const { result } = await putBack(filesType, [await forge(forged)]);
    expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
  });

  test('nothing that tar can read', async () => {
    const taken = await forge({ entries: [] });
    writeFileSync(taken.file, 'no archive at all'.repeat(1000));
    const { result } = await putBack(filesType, [taken]);
    expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
    expect(failureIn(result).toolOutput).toContain('This does not look like a tar archive');
  });
});

describe.skipIf(lacks('tar'))('restoring some paths only', () => {
  async function chain(): Promise<{ root: string; taken: [Taken, Taken] }> {
    const root = join(await temporaryFolder(), 'tree');
    mkdirSync(join(root, 'keep/inner'), { recursive: true });
    mkdirSync(join(root, 'other'));
    for (const name of ['keep/a', 'keep/inner/b', 'other/c', '-x', 'new\nline', '*'])
      writeFileSync(join(root, name), name);
    execFileSync('ln', [join(root, 'keep/a'), join(root, 'other/z-link')]);
    const first = valueOf(await take(filesType, { paths: [root] }));
    writeFileSync(join(root, 'keep/a'), 'second');
    writeFileSync(join(root, 'keep/new'), 'new');
    const second = valueOf(await take(filesType, { paths: [root] }, { mode: 'incremental', parent: first }));
    return { root, taken: [first, second] };
  }

  function list(folder: string): string[] {
    return existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true })
          .flatMap((one) =>
            one.isDirectory()
              ? list(join(folder, one.name)).map((below) => `${one.name}/${below}`)
              : [one.name],
          )
          .sort()
      : [];
  }

  test.each([
    ['a directory', 'keep', ['keep/a', 'keep/inner/b', 'keep/new']],
    ['a directory with a slash', 'keep/', ['keep/a', 'keep/inner/b', 'keep/new']],
    ['one file', 'keep/inner/b', ['keep/inner/b']],
    ['a hard link without its first name', 'other/z-link', ['other/z-link']],
    ['a name like an option', '-x', ['-x']],
    ['a name like a pattern', '*', ['*']],
    ['an escaped name', String.raw`new\x0aline`, ['new\nline']],
  ])('takes %s', async (_, only, expected) => {
    const { root, taken } = await chain();
    for (const spelled of [join(root, only), `${root.slice(1)}/${only}`]) {
      const { staging, result } = await putBack(filesType, taken, { only: [spelled] });
      valueOf(result);
      expect(list(join(staging, root))).toEqual(expected);
      const [name] = expected;
      const source = name === 'other/z-link' ? 'keep/a' : (name ?? '');
      expect(readFileSync(join(staging, root, name ?? ''))).toEqual(readFileSync(join(root, source)));
    }
  });

  test('takes no sibling whose name merely begins alike', async () => {
    const { root, taken } = await chain();
    const { result } = await putBack(filesType, taken, { only: [join(root, 'kee')] });
    expect(failureIn(result)).toMatchObject({ code: 'NOT_FOUND' });
  });
});
