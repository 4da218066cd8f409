import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import type { CaptureContext, Comparison } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { mergeIndexes } from '../../../src/catalog/index-lines.ts';
import { jsonType } from '../../../src/resources/json/index.ts';
import { readDocument } from '../../../src/resources/json/read-document.ts';
import { readArtifact, type PlainSnapshot } from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { again, entriesOf, putDocuments, snapshotOf, take, withDocuments } from './documents.ts';

const DATABASE = '{\n  "templates": {"a": 1},\n  "requests": [1, 2.50]\n}\n';

describe('a document', () => {
  test('is kept byte for byte, each as its own artifact', async () => {
    const { context, snapshot } = await snapshotOf({ 'b.json': '[1]', 'a/db.json': DATABASE });
    expect([...snapshot.files.keys()]).toEqual(['document-1', 'document-2']);
    expect((await readArtifact(snapshot, 'document-1')).toString()).toBe(DATABASE);
    expect((await readArtifact(snapshot, 'document-2')).toString()).toBe('[1]');
    const folder = context.planDirectory.slice(1);
    expect(entriesOf(snapshot).map(({ path, type }) => [path, type])).toEqual([
      [`${folder}/a/db.json`, 'file'],
      [`${folder}/a/db.json#requests`, 'object'],
      [`${folder}/a/db.json#templates`, 'object'],
      [`${folder}/b.json`, 'file'],
    ]);
  });

  test('has evidence of its bytes', async () => {
    const { snapshot } = await snapshotOf({ 'db.json': DATABASE });
    const rawSha256 = createHash('sha256').update(DATABASE).digest('hex');
    expect(snapshot.evidence.get('document-1')).toMatchObject({
      rawBytes: 53,
      rawSha256,
      completion: 'parsed',
    });
  });

  test('may be named by a link', async () => {
    const context = await withDocuments({ 'db.json': DATABASE }, { paths: ['link.json'] });
    await symlink('db.json', join(context.planDirectory, 'link.json'));
    const snapshot = valueOf(await take(context));
    expect(entriesOf(snapshot)[0]?.path).toBe(`${context.planDirectory.slice(1)}/db.json`);
  });

  test('shows which of its keys changed', async () => {
    const { context, snapshot: before } = await snapshotOf({ 'db.json': DATABASE });
    await putDocuments(context, { 'db.json': '{"requests":[1,2.50],"templates":{"a":2},"machines":[]}' });
    const after = valueOf(await take(await again(context)));
    const differences: [string | undefined, string][] = [];
    for await (const one of mergeIndexes(linesOf(before), linesOf(after))) {
      const entry = 'b' in one ? one.b : one.a;
      differences.push([entry.path?.split('/').at(-1), one.kind]);
    }
    expect(differences).toEqual([
      ['db.json', 'changed'],
      ['db.json#machines', 'only-b'],
      ['db.json#requests', 'same'],
      ['db.json#templates', 'changed'],
    ]);
  });
});

async function* linesOf({ index }: PlainSnapshot): AsyncGenerator<Buffer> {
  yield* index;
}

describe('a source that is not right', () => {
  test.each([
    ['cut off', '{"a": [1', 'SOURCE_CORRUPT', 'the JSON text ends early'],
    ['two keys of one name', '{"a":1,"a":2}', 'SOURCE_CORRUPT', 'occurs twice'],
    ['an empty file', '', 'SOURCE_EMPTY', 'is an empty file'],
    ['an empty object', '{ }\n', 'SOURCE_EMPTY', 'holds nothing but { }'],
    ['null', 'null', 'SOURCE_EMPTY', 'holds nothing but null'],
  ])('%s', async (_name, text, code, message) => {
    const failure = failureIn(await take(await withDocuments({ 'db.json': text })));
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  test('is tried again while there are attempts: somebody may be writing it', async () => {
    const context = await withDocuments({ 'db.json': '{"a": [1' });
    expect(failureIn(await take({ ...context, lastAttempt: false })).code).toBe('SOURCE_CHANGED');
    expect(failureIn(await take({ ...context, lastAttempt: true })).code).toBe('SOURCE_CORRUPT');
  });

  test('leaves nothing of the good documents', async () => {
    const context = await withDocuments({ 'a.json': DATABASE, 'b.json': '{' });
    expect(failureIn(await take(context)).message).toContain('b.json');
  });

  test.each([
    ['missing', () => Promise.resolve(), 'SOURCE_MISSING'],
    ['a directory', (path: string) => mkdir(path).then(() => undefined), 'SOURCE_UNSUPPORTED'],
    ['a link to nowhere', (path: string) => symlink('nowhere', path), 'SOURCE_MISSING'],
    [
      'a pipe that nobody writes',
      (path: string) => Promise.resolve(void execFileSync('mkfifo', [path])),
      'SOURCE_UNSUPPORTED',
    ],
  ])('because it is %s', async (_name, make: (path: string) => Promise<void>, code) => {
    const context = await withDocuments({}, { paths: ['db.json'] });
    await make(join(context.planDirectory, 'db.json'));
    expect(failureIn(await take(context)).code).toBe(code);
  });

  test('because it is larger than maxSize', async () => {
    const context = await withDocuments({ 'db.json': DATABASE }, { maxSize: '52B' });
    expect(failureIn(await take(context)).code).toBe('SIZE_LIMIT');
    valueOf(await take({ ...context, options: { ...context.options, maxSize: '53B' } }));
  });

  test('because two paths lead to one file', async () => {
    const context = await withDocuments({ 'db.json': DATABASE }, { paths: ['db.json', 'link.json'] });
    await symlink('db.json', join(context.planDirectory, 'link.json'));
    expect(failureIn(await take(context))).toMatchObject({
      code: 'SOURCE_UNSUPPORTED',
      message: 'db.json and link.json are the same file',
    });
  });
});

describe('guards', () => {
  const guards = { maxDrop: 0.5, allowEmpty: false };

  test.each([
    ['as large as ever', {}, { rawBytes: 53, entries: 3 }, true],
    ['half as large', {}, { rawBytes: 106, entries: 3 }, true],
    ['less than half as large', {}, { rawBytes: 107, entries: 3 }, false],
    ['without most of its keys', {}, { rawBytes: 53, entries: 7 }, false],
    ['smaller than minSize', { minSizeBytes: 54 }, undefined, false],
    ['as large as minSize', { minSizeBytes: 53 }, undefined, true],
    ['one document where two are wanted', { minFiles: 2 }, undefined, false],
    ['small, where the plan allows that', { minSizeBytes: 99, allowEmpty: true }, undefined, true],
  ])('a document %s', async (_name, own, previous, passes) => {
    const context = await withDocuments({ 'db.json': DATABASE });
    const result = await take({
      ...context,
      guards: { ...guards, ...own },
      ...(previous === undefined ? {} : { previous }),
    });
    expect(result.ok).toBe(passes);
    if (!result.ok) expect(result.failure.code).toBe('SOURCE_EMPTY');
  });

  test('an empty object passes where the plan allows it, an empty file never', async () => {
    const allowed = { guards: { ...guards, allowEmpty: true } };
    valueOf(await take({ ...(await withDocuments({ 'db.json': '{}' })), ...allowed }));
    const failure = failureIn(await take({ ...(await withDocuments({ 'db.json': '' })), ...allowed }));
    expect(failure.code).toBe('SOURCE_CORRUPT');
  });
});

describe('a document that is written meanwhile', () => {
  test('is never read as a mixture when it is replaced by rename', async () => {
    const context = await withDocuments({ 'db.json': `"${'a'.repeat(400_000)}"` });
    const path = join(context.planDirectory, 'db.json');
    const stop = new AbortController();
    const writer = (async () => {
      for (let round = 0; !stop.signal.aborted; round += 1) {
        await writeFile(`${path}.new`, `"${(round % 2 === 0 ? 'b' : 'a').repeat(400_000 - (round % 7))}"`);
        await rename(`${path}.new`, path);
      }
    })();
    for (let reads = 0; reads < 50; reads += 1) {
      const place = { configured: 'db.json', planDirectory: context.planDirectory, maxBytes: 1_000_000 };
      const { bytes } = valueOf(await readDocument(place));
      expect(bytes.toString()).toMatch(/^"(a+|b+)"$/);
    }
    stop.abort();
    await writer;
  });

  test('is never read as a mixture when it is rewritten in place', async () => {
    const context = await withDocuments({ 'db.json': '[]' });
    const path = join(context.planDirectory, 'db.json');
    const stop = new AbortController();
    const writer = (async () => {
      while (!stop.signal.aborted) await appendFile(path, ' '.repeat(4096));
    })();
    for (let reads = 0; reads < 50; reads += 1) {
      const place = { configured: 'db.json', planDirectory: context.planDirectory, maxBytes: 1_000_000_000 };
      const read = await readDocument(place);
      if (read.ok) expect(BigInt(read.value.bytes.length)).toBe(read.value.stats.size);
      else expect(read.failure.code).toBe('SOURCE_CHANGED');
    }
    stop.abort();
    await writer;
  });
});

describe('a comparison with a snapshot', () => {
  async function compare(context: CaptureContext, snapshot: PlainSnapshot): Promise<Result<Comparison>> {
    const record = {} as SnapshotRecord;
    const parent = { record, lines: linesOf(snapshot) };
    return (await jsonType.compare?.({ ...context, parent })) ?? { ok: true, value: 'unknown' };
  }

  type Change = (context: CaptureContext, path: string) => Promise<unknown>;

  test.each<[string, Change, Comparison]>([
    ['nothing', () => Promise.resolve(), 'equal'],
    ['its time', (_, path) => utimes(path, 1, 1), 'equal'],
    ['the same bytes, written again', (context) => putDocuments(context, { 'a.json': DATABASE }), 'equal'],
    [
      'one byte',
      (context) => putDocuments(context, { 'a.json': DATABASE.replace('2.50', '2.51') }),
      'different',
    ],
    ['a space', (context) => putDocuments(context, { 'a.json': `${DATABASE} ` }), 'different'],
    ['its mode', (_, path) => chmod(path, 0o600), 'different'],
  ])('where %s changed', async (_name, change, expected) => {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE, 'b.json': '[1]' });
    await change(context, join(context.planDirectory, 'a.json'));
    expect(valueOf(await compare(context, snapshot))).toBe(expected);
  });

  test('where the plan names one document less, or another one', async () => {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE, 'b.json': '[1]' });
    const with_ = (paths: readonly string[]) => compare({ ...context, options: { paths } }, snapshot);
    expect(valueOf(await with_(['a.json']))).toBe('different');
    await putDocuments(context, { 'c.json': '[1]' });
    expect(valueOf(await with_(['a.json', 'c.json']))).toBe('different');
  });

  test('where a document is gone fails as a capture does', async () => {
    const { context, snapshot } = await snapshotOf({ 'a.json': DATABASE });
    await rm(join(context.planDirectory, 'a.json'));
    expect(failureIn(await compare(context, snapshot)).code).toBe('SOURCE_MISSING');
  });
});
