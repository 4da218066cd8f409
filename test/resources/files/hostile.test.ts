import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { IndexEntry } from '../../../src/domain/record.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, type Taken } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { tarOf, type Entry } from '../../support/tar-archive.ts';

type Listed = Pick<IndexEntry, 'type'> & Partial<IndexEntry>;

/** An index that is as it should be, beside an archive that is not. */
async function forge(archive: Buffer, listed: readonly Listed[], rest: Partial<Taken> = {}): Promise<Taken> {
  const folder = await temporaryFolder();
  const [file, index] = [join(folder, 'artifact'), join(folder, 'index')];
  writeFileSync(file, archive);
  const lines = [
    { format: 'backup-plan/index@1' },
    ...listed.map((entry) => ({ stored: true, ...entry })),
    { end: true, entries: listed.length, log: [] },
  ];
  writeFileSync(index, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { mode: 'full', level: 0, file, index, evidence: {} as never, summary: {} as never, ...rest };
}

const text = (content: string) => Buffer.from(content);
const directory: Listed = { path: 'd/', type: 'directory' };
const planted: Listed = { path: 'd/planted', type: 'file', size: 1 };

/** What lies where nothing may be written: beside the staging folder, and in a folder far away. */
async function surroundings(attack: (outside: string) => Promise<readonly [Taken, ...Taken[]]>) {
  const outside = await temporaryFolder();
  writeFileSync(join(outside, 'victim'), 'untouched');
  const { staging, result } = await putBack(filesType, await attack(outside));
  return {
    result,
    staging,
    beside: readdirSync(dirname(staging)).sort(),
    outside: readdirSync(outside),
    victim: readFileSync(join(outside, 'victim'), 'utf8'),
  };
}

async function expectContained(attack: (outside: string) => Promise<readonly [Taken, ...Taken[]]>) {
  const { result, ...found } = await surroundings(attack);
  expect(found).toMatchObject({ beside: ['scratch', 'staging'], outside: ['victim'], victim: 'untouched' });
  return result;
}

describe.skipIf(lacks('tar'))('an archive cannot write outside the staging folder', () => {
  test.each<[string, (outside: string) => readonly Entry[]]>([
    ['by a name that climbs', () => [{ name: '../planted', content: text('x') }]],
    ['by a name that climbs further in', () => [{ name: 'd/../../planted', content: text('x') }]],
    ['by an absolute name', (outside) => [{ name: `${outside}/planted`, content: text('x') }]],
    [
      'through an absolute link',
      (outside) => [
        { name: 'd', type: '2', link: outside },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'through a climbing link',
      () => [
        { name: 'd', type: '2', link: '..' },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'through a link to a link',
      (outside) => [
        { name: 'a', type: '2', link: outside },
        { name: 'd', type: '2', link: 'a' },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'through a link that takes the place of a directory',
      (outside) => [
        { name: 'd/', type: '5' },
        { name: 'd', type: '2', link: outside },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'by a hard link to an absolute path that it then overwrites',
      (outside) => [
        { name: 'd/planted', type: '1', link: `${outside}/victim` },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'by a hard link that climbs',
      () => [
        { name: 'd/planted', type: '1', link: '../scratch' },
        { name: 'd/planted', content: text('x') },
      ],
    ],
    [
      'by a hard link through a link',
      (outside) => [
        { name: 'a', type: '2', link: outside },
        { name: 'd/planted', type: '1', link: 'a/victim' },
        { name: 'd/planted', content: text('x') },
      ],
    ],
  ])('%s', async (_, entries) => {
    await expectContained(async (outside) => [await forge(tarOf(entries(outside)), [directory, planted])]);
  });

  test('by a hard link that gives away what lies outside', async () => {
    const { staging, result } = await surroundings(async (outside) => [
      await forge(
        tarOf([
          { name: 'd/', type: '5' },
          { name: 'd/planted', type: '1', link: `${outside}/victim` },
        ]),
        [directory, planted],
      ),
    ]);
    expect(result.ok).toBe(false);
    expect(existsSync(join(staging, 'd/planted'))).toBe(false);
  });
});

describe.skipIf(lacks('tar'))('two levels cannot do together what one cannot do alone', () => {
  const second = (entries: readonly Entry[], listed: readonly Listed[] = [directory, planted]) =>
    forge(tarOf(entries), listed, { level: 1, mode: 'incremental' });
  const write: readonly Entry[] = [{ name: 'd/planted', content: text('x') }];

  test.each<[string, (outside: string) => readonly Entry[], readonly Listed[]]>([
    [
      'a link that the index shows',
      (outside) => [{ name: 'd', type: '2', link: outside }],
      [{ path: 'd', type: 'symlink' }],
    ],
    [
      'a link that the index calls a directory',
      (outside) => [{ name: 'd', type: '2', link: outside }],
      [directory],
    ],
    [
      'a link that the index does not show',
      (outside) => [
        { name: 'a', content: text('x') },
        { name: 'd', type: '2', link: outside },
      ],
      [{ path: 'a', type: 'file', size: 1 }],
    ],
    ['a link that climbs', () => [{ name: 'd', type: '2', link: '..' }], [{ path: 'd', type: 'symlink' }]],
    [
      'a chain of links',
      (outside) => [
        { name: 'a', type: '2', link: outside },
        { name: 'd', type: '2', link: 'a' },
      ],
      [
        { path: 'a', type: 'symlink' },
        { path: 'd', type: 'symlink' },
      ],
    ],
  ])('%s', async (_, first, listed) => {
    await expectContained(async (outside) => [
      await forge(tarOf(first(outside)), listed),
      await second(write),
    ]);
  });

  test('a link further up, on the way to what the next level writes', async () => {
    const deep: readonly Listed[] = [
      directory,
      { path: 'd/e/', type: 'directory' },
      { path: 'd/e/planted', type: 'file', size: 1 },
    ];
    await expectContained(async (outside) => [
      await forge(tarOf([{ name: 'd', type: '2', link: outside }]), [directory]),
      await second([{ name: 'd/e/planted', content: text('x') }], deep),
    ]);
  });

  test('a link that the second level puts where it then only keeps a file', async () => {
    const kept: readonly Listed[] = [directory, { ...planted, stored: false }];
    await expectContained(async (outside) => [
      await forge(tarOf([{ name: 'd/', type: '5' }, ...write]), [directory, planted]),
      await second([{ name: 'd', type: '2', link: outside }], kept),
    ]);
  });

  test('a file of the first level that a hard link of the second one writes to', async () => {
    const result = await expectContained(async (outside) => [
      await forge(tarOf([{ name: 'd', type: '2', link: join(outside, 'victim') }]), [
        { path: 'd', type: 'symlink' },
      ]),
      await second(
        [
          { name: 'e', type: '1', link: 'd' },
          { name: 'e', content: text('x') },
        ],
        [
          { path: 'd', type: 'symlink', stored: false },
          { path: 'e', type: 'file', size: 1 },
        ],
      ),
    ]);
    expect(result.ok).toBe(false);
  });
});

describe.skipIf(lacks('tar'))('a restore', () => {
  test.skipIf(lacksAbility('root'))('refuses a device that the index does not list', async () => {
    const archive = tarOf([
      { name: 'd/', type: '5' },
      { name: 'd/planted', type: '3' },
    ]);
    const { result } = await putBack(filesType, [await forge(archive, [directory, planted])]);
    expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
  });

  test('refuses more entries than the record signs, before it unpacks one', async () => {
    const many: Listed[] = Array.from({ length: 50 }, (_, index) => ({
      path: `d/${String(index).padStart(3, '0')}`,
      type: 'file',
    }));
    const taken = await forge(tarOf([]), [directory, ...many], { entries: 50 });
    const { staging, result } = await putBack(filesType, [taken]);
    expect(failureIn(result)).toMatchObject({ code: 'CORRUPT' });
    expect(readdirSync(staging)).toEqual([]);
    valueOf((await putBack(filesType, [await forge(tarOf([]), [], { entries: 0 })])).result);
  });

  test('refuses an archive that is cut, and one that is none', async () => {
    const whole = tarOf([
      { name: 'd/', type: '5' },
      { name: 'd/planted', content: Buffer.alloc(4000, 'x') },
    ]);
    for (const archive of [whole.subarray(0, 2000), text('no archive '.repeat(400))]) {
      const { result } = await putBack(filesType, [await forge(archive, [directory, planted])]);
      expect(failureIn(result)).toMatchObject({ code: 'RESTORE_FAILED' });
    }
  });

  test('never follows what it is told to remove', async () => {
    const outside = await temporaryFolder();
    writeFileSync(join(outside, 'victim'), 'untouched');
    const first = await forge(tarOf([{ name: 'd', type: '2', link: outside }]), [
      { path: 'd', type: 'symlink' },
    ]);
    const second = await forge(tarOf([]), [], { level: 1, mode: 'incremental' });
    const { staging, result } = await putBack(filesType, [first, second]);
    valueOf(result);
    expect(readdirSync(staging)).toEqual([]);
    expect(readdirSync(outside)).toEqual(['victim']);
  });
});
