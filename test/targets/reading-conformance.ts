import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { collect } from '../support/collect.ts';
import type { Subject, SuiteOptions } from './conformance.ts';

export type Objects = Readonly<Record<string, Buffer>>;

export interface FilledSubject {
  /** On a place that holds the objects. */
  readonly connect: () => Target;
  /** On a place that does not exist. */
  readonly connectAbsent?: () => Target;
  readonly remove: () => Promise<void>;
}

const RECORD = 'acme/snapshots/files/20261121t020000z-0123456789abcdef.json';
const LARGE = 'acme/data/files/large.gpg';
const OBJECTS: Objects = {
  [RECORD]: randomBytes(70_000),
  'acme/Foreign name': Buffer.from('foreign'),
  'acme/data/files/empty.gpg': Buffer.alloc(0),
  'acme/data/files/one.gpg': randomBytes(1),
  'acme/data/files/block.gpg': randomBytes(512),
  [LARGE]: randomBytes(3_000_001),
  'acme/log/0000000001.json': Buffer.from('log'),
  'acme2/a.json': Buffer.from('neighbour'),
  'repo.json': Buffer.from('marker'),
};

/** The same, of a place that a target fills by itself first. */
export function describeReadingOf(
  name: string,
  create: () => Promise<Subject>,
  { absentPlace, timeoutMs }: SuiteOptions,
): void {
  const fill = async (objects: Objects): Promise<FilledSubject> => {
    const [subject, absent] = [await create(), await create()];
    const target = subject.connect();
    valueOf(await target.prepare());
    for (const [key, bytes] of Object.entries(objects)) valueOf(await target.create(key, bytes));
    await target.close();
    const remove = async (): Promise<void> => {
      await subject.remove();
      await absent.remove();
    };
    return {
      connect: subject.connect,
      remove,
      ...(absentPlace !== false && { connectAbsent: absent.connect }),
    };
  };
  describeReading(name, fill, timeoutMs);
}

/** What the target contract promises to those who only read. */
export function describeReading(
  name: string,
  create: (objects: Objects) => Promise<FilledSubject>,
  timeoutMs = 20_000,
): void {
  describe(`${name}, read`, { timeout: timeoutMs }, () => {
    let subject: FilledSubject;
    let target: Target;
    beforeAll(async () => {
      subject = await create(OBJECTS);
      target = subject.connect();
      valueOf(await target.open());
    }, timeoutMs);
    afterAll(async () => {
      await target.close();
      await subject.remove();
    }, timeoutMs);

    it('refuses a place that does not exist', async (context) => {
      context.skip(subject.connectAbsent === undefined, 'this place cannot be told from an empty one');
      const opened = await subject.connectAbsent?.().open();
      expect(opened?.ok === false && opened.failure.code).toBe('TARGET_UNREACHABLE');
    });

    it.each(Object.keys(OBJECTS))('gives %s byte for byte, whole and as a stream', async (key) => {
      const bytes = OBJECTS[key] ?? Buffer.alloc(0);
      expect(valueOf(await target.get(key, bytes.length))?.equals(bytes)).toBe(true);
      expect(valueOf(await target.stat(key))?.size).toBe(bytes.length);
      const read = valueOf(await target.read(key));
      expect(read.size).toBe(bytes.length);
      expect((await collect(read)).equals(bytes)).toBe(true);
      expect(read.failure()).toBeUndefined();
    });

    it.each([0, 1, 65_536, 1_048_576, 2_999_999, 3_000_001])(
      'gives what comes after %i bytes',
      async (offset) => {
        const bytes = OBJECTS[LARGE] ?? Buffer.alloc(0);
        const read = valueOf(await target.read(LARGE, { offset }));
        expect(read.size).toBe(bytes.length);
        expect(read.localPath).toBe(offset === 0 ? valueOf(await target.read(LARGE)).localPath : undefined);
        expect((await collect(read)).equals(bytes.subarray(offset))).toBe(true);
        expect(read.failure()).toBeUndefined();
      },
    );

    it('refuses to begin beyond the end, and begins at the end of what is empty', async () => {
      expect(failureIn(await target.read(LARGE, { offset: 3_000_002 })).code).toBe('TRUNCATED');
      const empty = valueOf(await target.read('acme/data/files/empty.gpg', { offset: 0 }));
      expect(await collect(empty)).toHaveLength(0);
      expect(empty.failure()).toBeUndefined();
      expect(failureIn(await target.read('acme/none.json', { offset: 1 })).code).toBe('NOT_FOUND');
    });

    it('may be left in the middle, and goes on giving', async () => {
      for (let round = 0; round < 3; round += 1) {
        const { bytes } = valueOf(await target.read(LARGE));
        for await (const chunk of bytes) {
          expect(chunk.equals((OBJECTS[LARGE] ?? chunk).subarray(0, chunk.length))).toBe(true);
          break;
        }
      }
      expect(valueOf(await target.get(RECORD, 70_000))).toHaveLength(70_000);
    });

    it('gives several objects at the same time', async () => {
      const keys = Object.keys(OBJECTS);
      const reads = await Promise.all(keys.map(async (key) => collect(valueOf(await target.read(key)))));
      expect(reads.map((bytes, index) => bytes.equals(OBJECTS[keys[index] ?? ''] ?? bytes))).not.toContain(
        false,
      );
    });

    it('refuses what is larger than asked for', async () => {
      expect(failureIn(await target.get(RECORD, 69_999)).code).toBe('CORRUPT');
    });

    it('has no failure for what is absent, nor a part of a name', async () => {
      for (const key of ['acme/data/files/none.gpg', 'acme/data', 'acme/data/files/empty']) {
        expect(valueOf(await target.list(`${key}/x/`))).toEqual([]);
        expect(failureIn(await target.read('acme/none.json')).code).toBe('NOT_FOUND');
      }
      expect(valueOf(await target.get('acme/none.json', 1))).toBeUndefined();
      expect(valueOf(await target.stat('acme/none.json'))).toBeUndefined();
    });

    it('lists every key below a folder, sorted, foreign ones included', async () => {
      const keys = async (prefix: string) => valueOf(await target.list(prefix)).map(({ key }) => key);
      expect(await keys('')).toEqual(Object.keys(OBJECTS).sort());
      expect(await keys('acme/log/')).toEqual(['acme/log/0000000001.json']);
      expect(await keys('acme/')).not.toContain('acme2/a.json');
      const [log] = valueOf(await target.list('acme/log/'));
      expect(log?.size).toBe(3);
      expect(log?.modifiedMs).toBe(valueOf(await target.stat('acme/log/0000000001.json'))?.modifiedMs);
    });

    it('ends a reading that is interrupted', async () => {
      const aborted = AbortSignal.abort();
      const read = await target.read(LARGE, { signal: aborted });
      if (read.ok) await collect(read.value);
      expect((read.ok ? read.value.failure() : read.failure)?.code).toBe('INTERRUPTED');
    });

    it('ends a reading that is interrupted on the way', async () => {
      const stop = new AbortController();
      const read = valueOf(await target.read(LARGE, { signal: stop.signal }));
      let bytes = 0;
      for await (const chunk of read.bytes) {
        bytes += chunk.length;
        stop.abort();
      }
      expect(bytes).toBeLessThan(3_000_001);
      expect(read.failure()?.code).toBe('INTERRUPTED');
    });

    it('offers a staging folder exactly where it says so', async () => {
      const folder = valueOf(await target.stagingDirectory('01jd000000000000000000run0'));
      expect(folder !== undefined).toBe(target.capabilities.staging);
      if (folder !== undefined) expect((await stat(folder)).isDirectory()).toBe(true);
    });

    it.each(['../x', '/x', 'a//b', 'a/../b', '.'])('treats the key %s as a bug', async (key) => {
      await expect((async () => target.get(key, 1))()).rejects.toThrow(RangeError);
    });
  });
}
