import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { archive } from '../../src/targets/archive/index.ts';
import { targetContext } from '../support/target-context.ts';
import { temporaryFolder } from '../support/plain-snapshot.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { paxOf, tarOf, type Entry } from '../support/tar-archive.ts';
import { describeReading, type FilledSubject } from './reading-conformance.ts';

function connect(path: string): Target {
  return archive.create(targetContext({ path }, { name: 'archive' }));
}

async function inFolder(fill: (folder: string) => Promise<string>): Promise<FilledSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  const path = await fill(folder);
  return {
    connect: () => connect(path),
    connectAbsent: () => connect(join(folder, 'none.tar')),
    remove: () => rm(folder, { recursive: true }),
  };
}

describeReading('an archive', (objects) =>
  inFolder(async (folder) => {
    const path = join(folder, 'objects.tar');
    await writeFile(path, tarOf(Object.entries(objects).map(([name, content]) => ({ name, content }))));
    return path;
  }),
);

describe.skipIf(lacks('tar'))('an archive of stock tar', () => {
  for (const format of ['ustar', 'gnu', 'posix']) {
    describeReading(`of the format ${format}`, (objects) =>
      inFolder(async (folder) => {
        for (const [key, bytes] of Object.entries(objects)) {
          await mkdir(dirname(join(folder, 'tree', key)), { recursive: true });
          await writeFile(join(folder, 'tree', key), bytes);
        }
        const path = join(folder, 'objects.tar');
        execFileSync('tar', ['-c', `--format=${format}`, '-f', path, '-C', join(folder, 'tree'), '.']);
        return path;
      }),
    );
  }
});

async function opening(bytes: Buffer) {
  const path = join(await temporaryFolder(), 'x.tar');
  await writeFile(path, bytes);
  const target = connect(path);
  const opened = await target.open();
  return { target, opened };
}

const honest: Entry = { name: 'repo.json', content: Buffer.from('{}') };

describe('an archive is refused as a whole', () => {
  test.each<[string, readonly Entry[], string]>([
    ['a name twice', [honest, honest], 'TARGET_UNSAFE'],
    ['a name twice, spelled otherwise', [honest, { ...honest, name: './repo.json' }], 'TARGET_UNSAFE'],
    ['a name that climbs', [{ ...honest, name: '../repo.json' }], 'TARGET_UNSAFE'],
    ['a name that climbs further in', [{ ...honest, name: 'a/../../repo.json' }], 'TARGET_UNSAFE'],
    ['an absolute name', [{ ...honest, name: '/etc/passwd' }], 'TARGET_UNSAFE'],
    ['an empty name', [{ ...honest, name: '' }], 'TARGET_UNSAFE'],
    ['a climbing prefix', [{ ...honest, prefix: '..' }], 'TARGET_UNSAFE'],
    ['a climbing pax path', [paxOf({ path: '../x' }), honest], 'TARGET_UNSAFE'],
    ['a symbolic link', [{ name: 'repo.json', type: '2', link: '/etc/passwd' }], 'TARGET_UNSAFE'],
    ['a hard link', [honest, { name: 'b', type: '1', link: 'repo.json' }], 'TARGET_UNSAFE'],
    ['a device', [{ name: 'b', type: '3' }], 'TARGET_UNSAFE'],
    ['a fifo', [{ name: 'b', type: '6' }], 'TARGET_UNSAFE'],
    ['a sparse file', [{ name: 'b', type: 'S' }], 'TARGET_UNSAFE'],
    [
      'a long name of GNU tar',
      [{ name: '././@LongLink', type: 'L', content: Buffer.from('x') }],
      'TARGET_UNSAFE',
    ],
    ['a sparse file in pax words', [paxOf({ 'GNU.sparse.major': '1' }), honest], 'CORRUPT'],
    ['a pax size that is no number', [paxOf({ size: '-1' }), honest], 'CORRUPT'],
    ['a pax size beyond its end', [paxOf({ size: '999999999999' }), honest], 'TRUNCATED'],
    ['two pax headers in a row', [paxOf({ path: 'a' }), paxOf({ path: 'b' }), honest], 'CORRUPT'],
    [
      'a pax header without sense',
      [{ name: 'p', type: 'x', content: Buffer.from('99 path=a\n') }, honest],
      'CORRUPT',
    ],
    ['a huge pax header', [{ name: 'p', type: 'x', content: Buffer.alloc(100_000, 'x') }, honest], 'CORRUPT'],
    ['a directory with content', [{ name: 'd/', type: '5', content: Buffer.from('x') }], 'CORRUPT'],
    ['a size beyond its end', [{ ...honest, size: 1_000_000 }], 'TRUNCATED'],
  ])('that holds %s', async (_, entries, code) => {
    const { opened } = await opening(tarOf(entries));
    expect(failureIn(opened)).toMatchObject({ code });
  });

  test.each<[string, Buffer, string]>([
    ['is empty', Buffer.alloc(0), 'TRUNCATED'],
    ['is garbage', Buffer.alloc(4096, 'no archive '), 'CORRUPT'],
    ['has no end', tarOf([honest], Buffer.alloc(0)), 'TRUNCATED'],
    ['has half an end', tarOf([honest], Buffer.alloc(512)), 'TRUNCATED'],
    ['goes on after its end', Buffer.concat([tarOf([honest]), tarOf([{ name: 'more' }])]), 'CORRUPT'],
    ['goes on with zeros for ever', Buffer.concat([tarOf([honest]), Buffer.alloc(2_000_000)]), 'CORRUPT'],
    ['is compressed', Buffer.from('28b52ffd0458', 'hex'), 'TRUNCATED'],
  ])('that %s', async (_, bytes, code) => {
    const { opened } = await opening(bytes);
    expect(failureIn(opened)).toMatchObject({ code });
  });

  test('that holds a million members, soon', async () => {
    const member = tarOf([{ name: 'd/', type: '5' }], Buffer.alloc(0));
    const million = Buffer.concat(Array.from({ length: 110_000 }, () => member));
    const { opened } = await opening(million);
    expect(failureIn(opened)).toMatchObject({ code: 'CORRUPT' });
  }, 60_000);

  test('that is cut anywhere, or has a wrong bit in a header', async () => {
    const whole = tarOf([honest, { name: 'a/b', content: Buffer.alloc(700, 'x') }]);
    for (let length = 0; length < whole.length; length += 256) {
      expect((await opening(whole.subarray(0, length))).opened.ok, String(length)).toBe(false);
    }
    const header = fc.integer({ min: 0, max: 511 });
    const property = fc.asyncProperty(header, fc.integer({ min: 0, max: 7 }), async (at, bit) => {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
      const { opened, target } = await opening(flipped);
      await target.close();
      // The field of the sum may be spelled in more than one way.
      expect(opened.ok && (at < 148 || at >= 156)).toBe(false);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('that is no regular file', async () => {
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    for (const path of [folder, join(folder, 'fifo')]) {
      expect(failureIn(await connect(path).open())).toMatchObject({ code: 'TARGET_UNSAFE' });
    }
  });
});

describe('an archive', () => {
  test('may hold more than eight gigabytes in one object', async () => {
    const path = join(await temporaryFolder(), 'large.tar');
    const size = 9 * 1024 ** 3;
    const head = tarOf([paxOf({ size: String(size) }), { name: 'a/large.gpg' }], Buffer.alloc(0));
    await writeFile(path, head);
    await truncate(path, head.length + size + 1024);
    const target = connect(path);
    valueOf(await target.open());
    expect(valueOf(await target.stat('a/large.gpg'))?.size).toBe(size);
    await target.close();
  });

  test('refuses every writer', async () => {
    const { target } = await opening(tarOf([honest]));
    const file = { path: '/etc/hostname', bytes: 1, sha256: '' };
    const refused = [
      await target.prepare(),
      await target.create('a', Buffer.alloc(0)),
      await target.upload('a', file),
      await target.remove('repo.json'),
    ];
    expect(refused.map((result) => failureIn(result).code)).toEqual(Array(4).fill('TARGET_DENIED'));
    expect(valueOf(await target.get('repo.json', 10))?.toString()).toBe('{}');
    await target.close();
  });

  test('that shrinks while it is read is cut, never padded', async () => {
    const path = join(await temporaryFolder(), 'x.tar');
    await writeFile(path, tarOf([{ name: 'a/b.gpg', content: Buffer.alloc(5000, 'x') }]));
    const target = connect(path);
    valueOf(await target.open());
    await truncate(path, 3000);
    expect(failureIn(await target.get('a/b.gpg', 5000))).toMatchObject({ code: 'TRUNCATED' });
    const read = valueOf(await target.read('a/b.gpg'));
    let bytes = 0;
    for await (const chunk of read.bytes) bytes += chunk.length;
    expect(bytes).toBeLessThan(5000);
    expect(read.failure()).toMatchObject({ code: 'TRUNCATED' });
    await target.close();
  });
});
