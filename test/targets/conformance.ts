import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectBytes, StagedFile, Target } from '../../src/domain/target.ts';
import { failureIn, valueOf } from '../support/results.ts';

export interface Subject {
  /** A target on the same place at every call; the place does not exist before `prepare`. */
  readonly connect: () => Target;
  readonly remove: () => Promise<void>;
}

const KEY = 'acme/snapshots/files/20261121t020000z-0123456789abcdef.json';

/** The promises of the target contract. Every adapter runs this suite, and none has one of its own instead. */
export function describeTarget(name: string, create: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let target: Target;
    let local: string;

    beforeEach(async () => {
      local = await mkdtemp(join(tmpdir(), 'conformance-'));
      subject = await create();
      target = subject.connect();
      valueOf(await target.prepare());
    });
    afterEach(async () => {
      await target.close();
      await subject.remove();
      await rm(local, { recursive: true });
    });

    const stage = async (bytes: Buffer): Promise<StagedFile> => {
      const path = join(local, randomBytes(4).toString('hex'));
      await writeFile(path, bytes, { mode: 0o600 });
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    };

    describe('opening', () => {
      it('refuses a place that does not exist and does not make it', async () => {
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

      it('larger than asked for are refused', async () => {
        valueOf(await target.create(KEY, Buffer.alloc(101)));
        expect(failureIn(await target.get(KEY, 100)).code).toBe('CORRUPT');
      });

      it('have exactly one winner among racing creators', async () => {
        const racers = Array.from({ length: 20 }, (_, index) =>
          target.create(KEY, Buffer.from(`racer ${String(index)}`)),
        );
        const outcomes = (await Promise.all(racers)).map(valueOf);
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        const winner = outcomes.indexOf('created');
        expect(valueOf(await target.get(KEY, 100))?.toString()).toBe(`racer ${String(winner)}`);
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

    describe('uploads', () => {
      it.each([0, 1, 65_536, 3_000_001])(
        'of %i bytes come back as they were, and leave the staged file',
        async (size) => {
          const bytes = randomBytes(size);
          const file = await stage(bytes);
          expect(valueOf(await target.upload(KEY, file))).toBe('created');
          const read = valueOf(await target.read(KEY));
          expect(read.size).toBe(size);
          expect((await collect(read)).equals(bytes)).toBe(true);
          expect(read.failure()).toBeUndefined();
          expect((await stat(file.path)).size).toBe(size);
        },
      );

      it('report how far they are', async () => {
        const seen: number[] = [];
        valueOf(
          await target.upload(KEY, await stage(randomBytes(2_500_000)), {
            onProgress: (bytes) => seen.push(bytes),
          }),
        );
        expect(seen.at(-1)).toBe(2_500_000);
        expect(seen).toEqual(seen.toSorted((left, right) => left - right));
      });

      it('never replace', async () => {
        valueOf(await target.create(KEY, Buffer.from('first')));
        expect(valueOf(await target.upload(KEY, await stage(Buffer.from('second'))))).toBe('exists');
        expect(valueOf(await target.get(KEY, 100))?.toString()).toBe('first');
      });

      it('of a file that changed in size are refused, and nothing appears', async () => {
        const file = await stage(Buffer.from('content'));
        expect(failureIn(await target.upload(KEY, { ...file, bytes: 6 })).code).toBe('CORRUPT');
        expect(valueOf(await target.stat(KEY))).toBeUndefined();
      });

      it('end when they are interrupted, and nothing appears', async () => {
        const file = await stage(randomBytes(100));
        expect(failureIn(await target.upload(KEY, file, { signal: AbortSignal.abort() })).code).toBe(
          'INTERRUPTED',
        );
        expect(valueOf(await target.stat(KEY))).toBeUndefined();
      });
    });

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
          Array.from({ length: 1100 }, (_, index) =>
            target.create(`acme/data/${String(index)}`, Buffer.alloc(0)),
          ),
        );
        expect(valueOf(await target.list('acme/'))).toHaveLength(1100);
      });
    });

    it('removes one object and no other', async () => {
      valueOf(await target.create(KEY, Buffer.from('x')));
      valueOf(await target.create('acme/data/y', Buffer.from('y')));
      valueOf(await target.remove(KEY));
      expect(valueOf(await target.list('acme/')).map(({ key }) => key)).toEqual(['acme/data/y']);
      expect(valueOf(await target.create(KEY, Buffer.from('new')))).toBe('created');
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

export async function collect({ bytes }: ObjectBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
