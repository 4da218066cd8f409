import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonType } from '../../../src/resources/json/index.ts';
import { restore, type PlainSnapshot } from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { below, entriesOf, factsOf, snapshotOf, take, withDocuments } from './documents.ts';

const DATABASE = '{\n  "templates": {"a": 1},\n  "requests": [1, 2.50],\n  "a#b": 0\n}\n';

describe('everything', () => {
  test('comes back byte for byte, with modes and times', async () => {
    const context = await withDocuments({ 'a/db.json': DATABASE, 'b.json': '[ 1 ]' });
    const source = join(context.planDirectory, 'a/db.json');
    await chmod(source, 0o640);
    await utimes(source, 1_700_000_000, 1_700_000_000.5);
    const snapshot = valueOf(await take(context));
    const { staging, result } = await restore(jsonType, snapshot);
    expect(valueOf(result)).toMatchObject({ entries: 2, bytes: DATABASE.length + 5 });
    const path = below(staging, context, 'a/db.json');
    expect(await readFile(path, 'utf8')).toBe(DATABASE);
    expect(await readFile(below(staging, context, 'b.json'), 'utf8')).toBe('[ 1 ]');
    const { mode, mtimeMs } = await stat(path);
    expect(mode & 0o7777).toBe(0o640);
    expect(mtimeMs).toBe(1_700_000_000_500);
  });

  test('goes where mappings send it, with the mode that is asked for', async () => {
    const { context, snapshot } = await snapshotOf({ 'a/db.json': DATABASE, 'b.json': '[1]' });
    const map = [
      { from: context.planDirectory, to: '/elsewhere' },
      { from: `${context.planDirectory}/a/`, to: '/deep/../other' },
    ];
    const { staging, result } = await restore(jsonType, snapshot, { map, fileMode: 0o604 });
    valueOf(result);
    expect((await readdir(staging, { recursive: true })).sort()).toEqual([
      'elsewhere',
      'elsewhere/b.json',
      'other',
      'other/db.json',
    ]);
    expect((await stat(join(staging, 'other/db.json'))).mode & 0o777).toBe(0o604);
  });
});

describe('a part', () => {
  const read = async (only: readonly string[]) => {
    const { context, snapshot } = await snapshotOf({
      'a/db.json': DATABASE,
      'b.json': '{"only":1,"requests":2}',
    });
    const { staging, result } = await restore(jsonType, snapshot, { only });
    valueOf(result);
    const files = ['a/db.json', 'b.json'].map(async (name) =>
      readFile(below(staging, context, name), 'utf8').catch(() => undefined),
    );
    return Promise.all(files);
  };

  test.each([
    ['a document', ['a/db.json'], DATABASE, undefined],
    ['a key of one document', ['templates'], '{\n  "templates": {"a": 1}\n}\n', undefined],
    ['a key of a named document', ['b.json#requests'], undefined, '{"requests":2}'],
    ['a key with a hash in it', ['a#b'], '{\n  "a#b": 0\n}\n', undefined],
    ['both ways at once', ['a/db.json#a#b', 'only'], '{\n  "a#b": 0\n}\n', '{"only":1}'],
    ['a document and a key of it', ['templates', 'a/db.json'], DATABASE, undefined],
    [
      'two keys, in the order of the document',
      ['a#b', 'templates'],
      '{\n  "templates": {"a": 1},\n  "a#b": 0\n}\n',
      undefined,
    ],
  ])('%s', async (_name, only, first, second) => {
    expect(await read(only)).toEqual([first, second]);
  });

  test('may be named as lists show it', async () => {
    const { context, snapshot } = await snapshotOf({ 'db.json': DATABASE });
    for (const path of [`${context.planDirectory}/db.json`, `${context.planDirectory.slice(1)}/db.json`]) {
      const { staging, result } = await restore(jsonType, snapshot, { only: [`${path}#templates`] });
      valueOf(result);
      expect(await readFile(below(staging, context, 'db.json'), 'utf8')).toContain('templates');
    }
  });

  test('that the snapshot lacks is told with what it has', async () => {
    const { snapshot } = await snapshotOf({ 'db.json': DATABASE });
    const { staging, result } = await restore(jsonType, snapshot, { only: ['machines'] });
    expect(failureIn(result)).toMatchObject({
      code: 'NOT_FOUND',
      message: 'the snapshot has no document and no top-level key "machines"',
      hint: 'It has templates, requests, a#b.',
    });
    expect(await readdir(staging)).toEqual([]);
  });

  test('that several documents have must be named with one', async () => {
    const { snapshot } = await snapshotOf({ 'a.json': '{"x":1}', 'b.json': '{"x":2}' });
    const { result } = await restore(jsonType, snapshot, { only: ['x'] });
    expect(failureIn(result)).toMatchObject({ code: 'NOT_FOUND', hint: 'Name one of a.json#x, b.json#x.' });
  });
});

describe('an index that is not ours', () => {
  const forged = (snapshot: PlainSnapshot, change: (line: string) => string): PlainSnapshot => ({
    ...snapshot,
    index: snapshot.index.map((line) => Buffer.from(change(line.toString()))),
  });

  test.each([
    ['a path out of the destination', '/../evil.json'],
    ['a path through a parent', '/a/../../evil.json'],
    ['a relative path', 'evil.json'],
    ['an empty path', '/'],
  ])('%s', async (_name, resolved) => {
    const { snapshot } = await snapshotOf({ 'db.json': DATABASE });
    const change = (line: string) => line.replace(/"resolved":"[^"]*"/, `"resolved":"${resolved}"`);
    const { staging, result } = await restore(jsonType, forged(snapshot, change));
    expect(failureIn(result).code).toBe('CORRUPT');
    expect(await readdir(staging)).toEqual([]);
  });

  test('a digest that the document does not have', async () => {
    const { snapshot } = await snapshotOf({ 'db.json': DATABASE });
    const change = (line: string) => line.replace(/"sha256":"[^"]*"/, `"sha256":"${'0'.repeat(64)}"`);
    expect(failureIn((await restore(jsonType, forged(snapshot, change))).result).code).toBe('CORRUPT');
  });
});

describe('into the live documents', () => {
  async function place(live: Readonly<Record<string, string>>, only: readonly string[]) {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE, 'b.json': '[1]' });
    const { staging, result } = await restore(jsonType, snapshot, { only });
    valueOf(result);
    for (const [name, text] of Object.entries(live)) await writeFile(join(context.planDirectory, name), text);
    if (jsonType.live?.kind !== 'paths') throw new Error('documents are replaced by rename');
    const { options, planDirectory } = context;
    const facts = factsOf(snapshot);
    const placed = jsonType.live.place({ resource: 'thing', options, planDirectory, staging, only, facts });
    return { context, staging, placed: await placed };
  }

  test('whole ones are swapped as they are', async () => {
    const { context, placed } = await place({}, []);
    const folder = context.planDirectory;
    expect(valueOf(placed).places).toEqual([
      { staged: `${folder.slice(1)}/a.json`, live: `${folder}/a.json` },
      { staged: `${folder.slice(1)}/b.json`, live: `${folder}/b.json` },
    ]);
  });

  test('a key is merged into what is there, which stays as it is', async () => {
    const live = '{\n  "machines": [7],\n  "templates": {"a": 2},\n  "later": 1e3\n}';
    const { context, staging, placed } = await place({ 'a.json': live }, ['templates', 'a#b']);
    const [only, ...others] = valueOf(placed).places;
    expect(others).toEqual([]);
    const path = join(context.planDirectory, 'a.json');
    const { ino, ctimeNs } = await stat(path, { bigint: true });
    expect(only).toEqual({
      staged: path.slice(1),
      live: path,
      mergedFrom: { inode: String(ino), ctimeNs: String(ctimeNs) },
    });
    expect(await readFile(join(staging, path), 'utf8')).toBe(
      '{\n  "machines": [7],\n  "templates": {"a": 1},\n  "later": 1e3,\n  "a#b": 0\n}',
    );
    expect(await readFile(path, 'utf8')).toBe(live);
  });

  test('a merged document keeps the mode of the live one', async () => {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE });
    const path = join(context.planDirectory, 'a.json');
    await chmod(path, 0o604);
    const { staging } = await restore(jsonType, snapshot, { only: ['templates'] });
    if (jsonType.live?.kind !== 'paths') throw new Error('documents are replaced by rename');
    const { options, planDirectory } = context;
    const shared = { resource: 'thing', options, planDirectory, staging, facts: factsOf(snapshot) };
    valueOf(await jsonType.live.place({ ...shared, only: ['templates'] }));
    expect((await stat(join(staging, path))).mode & 0o777).toBe(0o604);
    valueOf(await jsonType.live.place({ ...shared, only: ['templates'], fileMode: 0o600 }));
    expect((await stat(join(staging, path))).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['broken', '{"a":', 'the JSON text ends early'],
    ['ambiguous', '{"a":1,"a":2}', 'occurs twice'],
    ['no object', '[1]', 'it is another kind of value'],
  ])('a key is not merged into what is %s', async (_name, live, why) => {
    const { placed } = await place({ 'a.json': live }, ['templates']);
    expect(failureIn(placed)).toMatchObject({
      code: 'DESTINATION_REFUSED',
      message: expect.stringContaining(why) as string,
      hint: expect.stringContaining('without naming keys') as string,
    });
  });

  test('a directory is not replaced by a document', async () => {
    const { context, snapshot } = await snapshotOf({ 'a/db.json': DATABASE });
    const planDirectory = join(context.planDirectory, 'new');
    await mkdir(join(planDirectory, 'a/db.json'), { recursive: true });
    if (jsonType.live?.kind !== 'paths') throw new Error('documents are replaced by rename');
    const request = { resource: 'thing', options: context.options, only: [], facts: factsOf(snapshot) };
    expect(failureIn(await jsonType.live.place({ ...request, planDirectory })).code).toBe(
      'DESTINATION_REFUSED',
    );
    const missing = join(context.planDirectory, 'newer');
    expect(valueOf(await jsonType.live.place({ ...request, planDirectory: missing })).places).toEqual([
      { staged: `${context.planDirectory.slice(1)}/a/db.json`, live: `${missing}/a/db.json` },
    ]);
  });
});

describe('the difference to what is there', () => {
  async function diff(live: string | undefined, only: readonly string[] = []) {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE });
    const { options } = context;
    const planDirectory = live === undefined ? join(context.planDirectory, 'none') : context.planDirectory;
    if (live !== undefined) await writeFile(join(planDirectory, 'a.json'), live);
    async function* lines() {
      yield* snapshot.index;
    }
    const request = {
      resource: 'thing',
      options,
      planDirectory,
      only,
      facts: factsOf(snapshot),
      lines: lines(),
    };
    const found: string[] = [];
    for await (const { path, state, what } of jsonType.diff?.(request) ?? []) {
      found.push([path.split('/').at(-1), state, what].filter((word) => word !== undefined).join(' '));
    }
    return found;
  }

  test('names documents and keys', async () => {
    expect(await diff('{"templates":{"a":1},"requests":[2],"new":1}')).toEqual([
      'a.json changed content',
      'a.json#a#b missing',
      'a.json#new extra',
      'a.json#requests changed content',
      'a.json#templates same',
    ]);
  });

  test('names only the keys that are asked for', async () => {
    expect(await diff('{"requests":[2],"new":1}', ['templates', 'requests'])).toEqual([
      'a.json#requests changed content',
      'a.json#templates missing',
    ]);
  });

  test('is everything where there is nothing', async () => {
    expect(await diff(undefined, ['a.json'])).toEqual([
      'a.json missing',
      'a.json#a#b missing',
      'a.json#requests missing',
      'a.json#templates missing',
    ]);
  });

  test('is nothing where all is the same', async () => {
    expect(new Set((await diff(DATABASE)).map((line) => line.split(' ').at(-1)))).toEqual(new Set(['same']));
  });
});

test('the words of --only mean documents and keys of the index', async () => {
  const { context, snapshot } = await snapshotOf({ 'a.json': '{"x":1,"y":2}', 'b.json': '{"z":1}' });
  const folder = context.planDirectory.slice(1);
  const all = entriesOf(snapshot).map(({ path = '' }) => path);
  const selected = (...only: readonly string[]) =>
    all.filter(jsonType.selects?.(factsOf(snapshot), only) ?? Boolean);
  expect(selected()).toEqual(all);
  expect(selected('b.json', 'y')).toEqual([`${folder}/a.json#y`, `${folder}/b.json`, `${folder}/b.json#z`]);
  expect(selected(`/${folder}/a.json#x`)).toEqual([`${folder}/a.json#x`]);
  expect(selected('nothing')).toEqual([]);
});
