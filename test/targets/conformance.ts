import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StagedFile, Target } from '../../src/domain/target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { describeReadingOf } from './reading-conformance.ts';
import { describeUploads } from './upload-conformance.ts';

export interface Subject {
  /** A target on the same place at every call; the place does not exist before `prepare`. */
  readonly connect: () => Target;
  readonly remove: () => Promise<void>;
}

/** For stores on which an operation takes long, or which cannot tell everything. */
export interface SuiteOptions {
  /** Keys of a listing that takes more than one page. 1,100 where absent. */
  readonly manyKeys?: number;
  /** Creators of one key at the same time. 20 where absent. */
  readonly racers?: number;
  /** Of each test and hook. */
  readonly timeoutMs?: number;
  /** False where a place that does not exist is the same as an empty one. */
  readonly absentPlace?: false;
}

/** 64 characters are the most that a segment has, and 512 that a key has. */
const LONGEST_KEY = [...Array.from({ length: 7 }, () => 'k'.repeat(64)), 'k'.repeat(57)].join('/');
const KEY = 'acme/snapshots/files/20261121t020000z-0123456789abcdef.json';

/** The promises of the target contract. Every adapter runs this suite, and none has one of its own instead. */
export function describeTarget(
  name: string,
  create: () => Promise<Subject>,
  options: SuiteOptions = {},
): void {
  const { manyKeys = 1100, racers = 20, timeoutMs = 20_000 } = options;
  describeReadingOf(name, create, options);
  describe(name, { timeout: timeoutMs }, () => {
    let subject: Subject;
    let target: Target;
    let local: string;

    beforeEach(async () => {
      local = await mkdtemp(join(tmpdir(), 'conformance-'));
      subject = await create();
      target = subject.connect();
      valueOf(await target.prepare());
    }, timeoutMs);
    afterEach(async () => {
      await target.close();
      await subject.remove();
      await rm(local, { recursive: true });
    }, timeoutMs);

    const stage = async (bytes: Buffer): Promise<StagedFile> => {
      const path = join(local, randomBytes(4).toString('hex'));
      await writeFile(path, bytes, { mode: 0o600 });
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    };

    describe('opening', () => {
      it('refuses a place that does not exist and does not make it', async (context) => {
        context.skip(options.absentPlace === false, 'this place cannot be told from an empty one');
        const other = await create();
        const absent = other.connect();
        expect(failureIn(await absent.open()).code).toBe('TARGET_UNREACHABLE');
        expect(failureIn(await other.connect().open()).code).toBe('TARGET_UNREACHABLE');
        await other.remove();
      });

      it('finds a prepared place again, with what is in it', async () => {
        valueOf(await target.create(KEY, Buffer.from('kept')));
        const again = subject.connect();
        valueOf(await again.open());
        expect(valueOf(await again.get(KEY, 100))?.toString()).toBe('kept');
        await again.close();
      });

      it('has an empty list at first', async () => {
        expect(valueOf(await target.list(''))).toEqual([]);
      });
    });

    describe('small objects', () => {
      it('come back byte for byte', async () => {
        const bytes = randomBytes(70_000);
        expect(valueOf(await target.create(KEY, bytes))).toBe('created');
        expect(valueOf(await target.get(KEY, bytes.length))?.equals(bytes)).toBe(true);
        expect(valueOf(await target.stat(KEY))?.size).toBe(bytes.length);
      });

      it('may be empty', async () => {
        valueOf(await target.create(KEY, Buffer.alloc(0)));
        expect(valueOf(await target.get(KEY, 0))?.length).toBe(0);
      });

      it('are never replaced', async () => {
        valueOf(await target.create(KEY, Buffer.from('first')));
        expect(valueOf(await target.create(KEY, Buffer.from('second')))).toBe('exists');
        expect(valueOf(await target.get(KEY, 100))?.toString()).toBe('first');
      });

      it('may have the longest key of the grammar', async () => {
        expect(LONGEST_KEY).toHaveLength(512);
        expect(valueOf(await target.create(LONGEST_KEY, Buffer.from('deep')))).toBe('created');
        expect(valueOf(await target.create(LONGEST_KEY, Buffer.from('again')))).toBe('exists');
        expect(valueOf(await target.get(LONGEST_KEY, 100))?.toString()).toBe('deep');
        const folder = `${'k'.repeat(64)}/`;
        expect(valueOf(await target.list(folder)).map(({ key }) => key)).toEqual([LONGEST_KEY]);
        valueOf(await target.remove(LONGEST_KEY));
        expect(valueOf(await target.stat(LONGEST_KEY))).toBeUndefined();
      });

      it('larger than asked for are refused', async () => {
        valueOf(await target.create(KEY, Buffer.alloc(101)));
        expect(failureIn(await target.get(KEY, 100)).code).toBe('CORRUPT');
      });

      it('have exactly one winner among racing creators', async () => {
        const racing = Array.from({ length: racers }, (_, index) =>
          target.create(KEY, Buffer.from(`racer ${String(index)}`)),
        );
        const outcomes = (await Promise.all(racing)).map(valueOf);
        const winners = outcomes.flatMap((outcome, index) => (outcome === 'created' ? [index] : []));
        if (target.capabilities.createOnly) expect(winners).toHaveLength(1);
        const found = valueOf(await target.get(KEY, 100))?.toString();
        expect(winners.map((index) => `racer ${String(index)}`)).toContain(found);
      });
    });

    describe('absent objects', () => {
      it('are undefined and no failure', async () => {
        expect(valueOf(await target.get(KEY, 100))).toBeUndefined();
        expect(valueOf(await target.stat(KEY))).toBeUndefined();
        expect(valueOf(await target.list('acme/'))).toEqual([]);
      });

      it('cannot be read as a stream', async () => {
        expect(failureIn(await target.read(KEY)).code).toBe('NOT_FOUND');
      });

      it('can be removed', async () => {
        valueOf(await target.remove(KEY));
      });
    });

    describeUploads({ target: () => target, stage });

    describe('lists', () => {
      it('hold every key below a folder, sorted, foreign ones included', async () => {
        const keys = [
          'acme/log/0000000001.json',
          'acme/data/x/y.gpg',
          'acme2/a.json',
          'repo.json',
          'acme/Foreign name',
        ];
        for (const key of keys) valueOf(await target.create(key, Buffer.from(key)));
        const listed = valueOf(await target.list('acme/'));
        expect(listed.map(({ key }) => key)).toEqual([
          'acme/Foreign name',
          'acme/data/x/y.gpg',
          'acme/log/0000000001.json',
        ]);
        expect(listed.map(({ key, size }) => key.length === size)).toEqual([true, true, true]);
      });

      it('hold an object as soon as its creation has returned', async () => {
        for (let index = 0; index < 5; index += 1) {
          valueOf(await target.create(`acme/data/${String(index)}`, Buffer.alloc(1)));
          expect(valueOf(await target.list('acme/data/'))).toHaveLength(index + 1);
        }
      });

      it('hold more keys than a page', async () => {
        await Promise.all(
          Array.from({ length: manyKeys }, (_, index) =>
            target.create(`acme/data/${String(index)}`, Buffer.alloc(0)),
          ),
        );
        expect(valueOf(await target.list('acme/'))).toHaveLength(manyKeys);
      });
    });

    it('removes one object and no other', async () => {
      valueOf(await target.create(KEY, Buffer.from('x')));
      valueOf(await target.create('acme/data/y', Buffer.from('y')));
      valueOf(await target.remove(KEY));
      expect(valueOf(await target.list('acme/')).map(({ key }) => key)).toEqual(['acme/data/y']);
      expect(valueOf(await target.create(KEY, Buffer.from('new')))).toBe('created');
    });

    it('does everything at the same time', async () => {
      const objects = Array.from({ length: 8 }, (_, index) => ({
        key: `acme/data/${String(index)}`,
        bytes: randomBytes(10_000 + index),
      }));
      for (const { key, bytes } of objects.slice(0, 4)) valueOf(await target.create(key, bytes));
      const [old, fresh, doomed] = [objects.slice(0, 3), objects.slice(4), objects[3]];
      const files = await Promise.all(fresh.map(({ bytes }) => stage(bytes)));
      const outcomes = await Promise.all([
        ...fresh.map(({ key }, index) => target.upload(key, files[index] ?? fail())),
        ...old.map(({ key, bytes }) => target.create(key, bytes)),
        ...old.map(({ key }) => target.get(key, 20_000)),
        ...old.map(({ key }) => target.stat(key)),
        target.list('acme/'),
        target.remove(doomed?.key ?? fail()),
      ]);
      expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([]);
      for (const { key, bytes } of [...old, ...fresh])
        expect(valueOf(await target.get(key, bytes.length))?.equals(bytes), key).toBe(true);
      expect(valueOf(await target.list('acme/'))).toHaveLength(7);
    });

    it('tells when an object was made by the clock of the store', async () => {
      valueOf(await target.create('a', Buffer.from('x')));
      valueOf(await target.create('b', Buffer.from('y')));
      const [first, second] = [valueOf(await target.stat('a')), valueOf(await target.stat('b'))];
      expect(second?.modifiedMs).toBeGreaterThanOrEqual(first?.modifiedMs ?? Infinity);
      expect(valueOf(await target.list('')).map(({ modifiedMs }) => modifiedMs)).toContain(first?.modifiedMs);
    });

    it('offers a staging folder exactly where it says so', async () => {
      const folder = valueOf(await target.stagingDirectory('01jd000000000000000000run0'));
      expect(folder !== undefined).toBe(target.capabilities.staging);
      if (folder !== undefined) expect((await stat(folder)).mode & 0o777).toBe(0o700);
    });

    it.each(['../x', '/x', 'a//b', 'a/../b', '.'])('treats the key %s as a bug', async (key) => {
      await expect((async () => target.get(key, 1))()).rejects.toThrow(RangeError);
    });
  });
}

function fail(): never {
  throw new Error('there is one');
}
