import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { IndexHeader } from '../../../src/domain/record.ts';
import type { LivePlaces, PlaceContext } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { digestTree } from '../../support/tree-digest.ts';

async function tree(...files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

async function factsOf({ index }: Taken): Promise<PlaceContext['facts']> {
  const [line = ''] = (await readFile(index, 'utf8')).split('\n');
  return (JSON.parse(line) as IndexHeader).facts;
}

type Given = Partial<PlaceContext> & Pick<PlaceContext, 'facts'>;

function place(given: Given): Promise<Result<LivePlaces>> {
  const { live } = filesType;
  if (live?.kind !== 'paths') throw new Error('files replace live paths');
  const options = { paths: configuredIn(given.facts), ...given.options };
  return live.place({ resource: 'thing', planDirectory: '/', only: [], ...given, options });
}

/** What a plan names from which such a snapshot was taken. */
function configuredIn({ roots }: PlaceContext['facts']): string[] {
  const listed = Array.isArray(roots) ? (roots as { readonly configured?: unknown }[]) : [];
  return listed.map(({ configured }) => String(configured));
}

async function livePaths(given: Given): Promise<string[]> {
  return valueOf(await place(given)).places.map((one) => one.live);
}

function factsOfRoots(...roots: readonly (readonly [configured: string, resolved?: string])[]) {
  return {
    roots: roots.map(([configured, resolved = configured]) => ({ configured, resolved })),
    missing: [],
  };
}

/** As a restore in place does: what is there goes aside, what is staged comes. */
function swap(staging: string, { places }: LivePlaces): void {
  for (const { staged, live } of places) {
    if (existsSync(live)) renameSync(live, `${live}.bak`);
    if (staged !== undefined) renameSync(join(staging, staged), live);
  }
}

describe('what the plan does not name', () => {
  const facts = { roots: [{ configured: '/etc', resolved: '/etc' }], missing: [] };

  test('is never replaced, whatever a snapshot says', async () => {
    const refused = failureIn(await place({ facts, options: { paths: ['/srv/uploads'] } }));
    expect(refused.code).toBe('DESTINATION_REFUSED');
    expect(refused.message).toBe('the snapshot was taken from /etc, which the plan does not name');
  });

  test('can be sent where a person says', async () => {
    const map = [{ from: '/etc', to: '/nowhere/etc' }];
    const placed = await place({ facts, options: { paths: ['/srv/uploads'] }, map });
    expect(valueOf(placed).places).toEqual([{ staged: 'nowhere/etc', live: '/nowhere/etc' }]);
  });
});

describe.skipIf(lacks('tar', 'setfattr'))('the live places of a restore', () => {
  test('take the staged roots, so that the source is as it was', async () => {
    const folder = await tree('one/a', 'one/deep/b', 'file', 'other/c');
    const paths = [join(folder, 'one'), join(folder, 'file')];
    const facts = () => [...digestTree(join(folder, 'one')), readFileSync(join(folder, 'file'), 'utf8')];
    const before = facts();
    const taken = valueOf(await take(filesType, { paths }));
    execFileSync('sh', ['-c', 'rm -r one/deep; echo new > one/a; echo new > one/new; rm file'], {
      cwd: folder,
    });
    const { staging, result } = await putBack(filesType, [taken]);
    valueOf(result);
    swap(staging, valueOf(await place({ facts: await factsOf(taken) })));
    expect(facts()).toEqual(before);
    expect(readFileSync(join(folder, 'other/c'), 'utf8')).toBe('other/c');
    expect(readFileSync(join(folder, 'one.bak/new'), 'utf8')).toBe('new\n');
  });

  test('are only the wanted paths, one each', async () => {
    const folder = await tree('one/a', 'one/b', 'one/d/e/f');
    const taken = valueOf(await take(filesType, { paths: [join(folder, 'one')] }));
    writeFileSync(join(folder, 'one/b'), 'kept');
    writeFileSync(join(folder, 'one/a'), 'lost');
    const only = [join(folder, 'one/a'), `${folder.slice(1)}/one/d/e/`, join(folder, 'one/d/e/f')];
    const { staging, result } = await putBack(filesType, [taken], { only });
    valueOf(result);
    const places = valueOf(await place({ facts: await factsOf(taken), only }));
    expect(places.places.map(({ live }) => live)).toEqual([join(folder, 'one/a'), join(folder, 'one/d/e')]);
    swap(staging, places);
    expect(readFileSync(join(folder, 'one/a'), 'utf8')).toBe('one/a');
    expect(readFileSync(join(folder, 'one/b'), 'utf8')).toBe('kept');
  });

  test('name no root twice that lies inside another one', async () => {
    const folder = await tree('a/b/c', 'a/x');
    const [outer, inner] = [join(folder, 'a'), join(folder, 'a/b')];
    const taken = valueOf(await take(filesType, { paths: [inner, outer, join(inner, 'c')] }));
    expect(await livePaths({ facts: await factsOf(taken) })).toEqual([outer]);
  });

  test('are where a configured link leads now, not where it led', async () => {
    const folder = await tree('v1/a', 'v2/a');
    const link = join(folder, 'current');
    symlinkSync('v1', link);
    const taken = valueOf(await take(filesType, { paths: [link] }));
    execFileSync('ln', ['-sfn', 'v2', link]);
    expect(valueOf(await place({ facts: await factsOf(taken) })).places).toEqual([
      { staged: `${folder.slice(1)}/v1`, live: join(folder, 'v2') },
    ]);
  });

  test('are where a link leads whose end is gone', async () => {
    const folder = await tree('data/v1/a');
    symlinkSync('data/v1', join(folder, 'middle'));
    symlinkSync(join(folder, 'middle'), join(folder, 'current'));
    const taken = valueOf(await take(filesType, { paths: [join(folder, 'current')] }));
    execFileSync('rm', ['-r', join(folder, 'data/v1')]);
    expect(await livePaths({ facts: await factsOf(taken) })).toEqual([join(folder, 'data/v1')]);
  });

  test('are named although directories above them are gone too', async () => {
    const folder = await tree('kept');
    symlinkSync(folder, join(folder, 'self'));
    const facts = factsOfRoots([join(folder, 'self/a/b/c')]);
    expect(await livePaths({ facts })).toEqual([join(folder, 'a/b/c')]);
  });

  test('start at the folder of the plan where the plan says so', async () => {
    const folder = await tree('data/a');
    const taken = valueOf(await take(filesType, { paths: ['data'] }, { planDirectory: folder }));
    const moved = await tree('data/b');
    expect(await livePaths({ facts: await factsOf(taken), planDirectory: moved })).toEqual([
      join(moved, 'data'),
    ]);
  });

  test('are the roots below a wanted path', async () => {
    const folder = await tree('a/x', 'b/x');
    const facts = factsOfRoots([join(folder, 'a')], [join(folder, 'b')], ['/elsewhere']);
    expect(await livePaths({ facts, only: [folder] })).toEqual([join(folder, 'a'), join(folder, 'b')]);
  });

  test('keep bytes that need no escape although lists show one', async () => {
    const folder = await tree('a/new\nline');
    const facts = factsOfRoots([join(folder, 'a')]);
    expect(await livePaths({ facts, only: [String.raw`${folder}/a/new\x0aline`] })).toEqual([
      join(folder, 'a/new\nline'),
    ]);
  });

  test('come with a warning where the plan leaves something out', async () => {
    const facts = factsOfRoots([await tree('a')]);
    const warnings = async (options: PlaceContext['options']) =>
      valueOf(await place({ facts, options })).warnings?.length;
    expect(await warnings({})).toBe(0);
    expect(await warnings({ exclude: ['cache/'] })).toBe(1);
    expect(await warnings({ oneFileSystem: true })).toBe(1);
  });
});

describe('no live place', () => {
  test('is a path that was not captured', async () => {
    const facts = factsOfRoots(['/srv/a']);
    expect(failureIn(await place({ facts, only: ['/srv/ab'] }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('lies behind a link that was a directory', async () => {
    const folder = await tree('root/a', 'elsewhere/b');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'root/d'));
    const facts = factsOfRoots([join(folder, 'root')]);
    expect(failureIn(await place({ facts, only: [join(folder, 'root/d/b')] }))).toMatchObject({
      code: 'DESTINATION_REFUSED',
    });
  });

  test('lies below a file', async () => {
    const folder = await tree('file');
    const facts = factsOfRoots([join(folder, 'file/x')]);
    expect(failureIn(await place({ facts }))).toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  test('is a loop of links', async () => {
    const folder = await tree('a');
    symlinkSync('loop', join(folder, 'loop'));
    const facts = factsOfRoots([join(folder, 'loop')]);
    expect(failureIn(await place({ facts }))).toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  test('is the root of the file system', async () => {
    const failure = failureIn(await place({ facts: factsOfRoots(['/']) }));
    expect(failure).toMatchObject({ code: 'RESTORE_UNSUPPORTED' });
    expect(failure.message).toContain('the root of the file system');
  });

  test('is taken by two roots', async () => {
    const folder = await tree('a/x');
    symlinkSync('a', join(folder, 'b'));
    const facts = factsOfRoots([join(folder, 'a')], [join(folder, 'b'), '/was/elsewhere']);
    expect(failureIn(await place({ facts }))).toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  test('has a name that text cannot hold', async () => {
    const facts = factsOfRoots(['/srv/x', String.raw`/srv/\xff`]);
    expect(failureIn(await place({ facts }))).toMatchObject({ code: 'RESTORE_UNSUPPORTED' });
  });

  test.each([
    {},
    { roots: 'all' },
    { roots: [{ configured: '/a' }] },
    { roots: [{ configured: '/a', resolved: 'a' }] },
  ])('is guessed from a header that holds %j', async (facts) => {
    expect(failureIn(await place({ facts }))).toMatchObject({ code: 'CORRUPT' });
  });
});
