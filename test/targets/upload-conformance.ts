import { createHash, randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import type { ObjectUpload, StagedFile, Target } from '../../src/domain/target.ts';
import { collect } from '../support/collect.ts';
import { failureIn, valueOf } from '../support/results.ts';

/** What the test at hand works with. */
export interface Bench {
  readonly target: () => Target;
  /** A private file that is not on the target. */
  readonly stage: (bytes: Buffer) => Promise<StagedFile>;
}

const KEY = 'acme/data/files/20261121t020000z-0123456789abcdef/files.tar.zst.gpg';
const SIZES = [0, 1, 65_536, 3_000_001];

/** What is promised of files and streams that are published. */
export function describeUploads({ target, stage }: Bench): void {
  const expectNothing = async (): Promise<void> => {
    expect(valueOf(await target().stat(KEY))).toBeUndefined();
    expect(valueOf(await target().list('acme/'))).toEqual([]);
  };
  const expectThere = async (bytes: Buffer): Promise<void> => {
    const read = valueOf(await target().read(KEY));
    expect(read.size).toBe(bytes.length);
    expect((await collect(read)).equals(bytes)).toBe(true);
    expect(read.failure()).toBeUndefined();
  };

  describe('uploads', () => {
    it.each(SIZES)('of %i bytes come back as they were, and leave the staged file', async (size) => {
      const bytes = randomBytes(size);
      const file = await stage(bytes);
      expect(valueOf(await target().upload(KEY, file))).toBe('created');
      await expectThere(bytes);
      expect((await stat(file.path)).size).toBe(size);
    });

    it('report how far they are, and ask before they send', async () => {
      const watch = watched();
      valueOf(await target().upload(KEY, await stage(randomBytes(2_500_000)), watch.options));
      watch.expectMoved(2_500_000);
    });

    it('never replace', async () => {
      valueOf(await target().create(KEY, Buffer.from('first')));
      expect(valueOf(await target().upload(KEY, await stage(Buffer.from('second'))))).toBe('exists');
      expect(valueOf(await target().get(KEY, 100))?.toString()).toBe('first');
    });

    it.each<[string, (file: StagedFile) => StagedFile | Promise<StagedFile>]>([
      ['changed in size', (file) => ({ ...file, bytes: file.bytes - 1 })],
      ['changed in content', (file) => ({ ...file, sha256: digestOf(Buffer.from('other')) })],
      ['is gone', (file) => rm(file.path).then(() => file)],
    ])('of a file that %s are refused, and nothing appears', async (_, change) => {
      const file = await change(await stage(Buffer.from('content')));
      expect(failureIn(await target().upload(KEY, file)).code).toBe('CORRUPT');
      await expectNothing();
    });

    it('end when they are interrupted, and nothing appears', async () => {
      const file = await stage(randomBytes(100));
      const aborted = { signal: AbortSignal.abort() };
      expect(failureIn(await target().upload(KEY, file, aborted)).code).toBe('INTERRUPTED');
      await expectNothing();
    });

    it('end when they are interrupted on the way, nothing appears, and a second attempt succeeds', async () => {
      const bytes = randomBytes(3_000_001);
      const file = await stage(bytes);
      expect(failureIn(await target().upload(KEY, file, stoppedBySelf())).code).toBe('INTERRUPTED');
      await expectNothing();
      expect(valueOf(await target().upload(KEY, file))).toBe('created');
      await expectThere(bytes);
    });

    it('of one key at the same time leave one of them, whole', async () => {
      const all = Array.from({ length: 4 }, () => randomBytes(200_000));
      const files = await Promise.all(all.map(stage));
      const outcomes = (await Promise.all(files.map((file) => target().upload(KEY, file)))).map(valueOf);
      await expectWinner(target(), all, outcomes);
    });
  });

  describe('streamed uploads', () => {
    const start = async (options = {}): Promise<ObjectUpload> => {
      const started = await target().startUpload?.(KEY, options);
      if (started === undefined) throw new Error('the target streams');
      return valueOf(started);
    };
    const streaming = (name: string, test: () => Promise<void>): void => {
      it(name, async (context: TestContext) => {
        context.skip(target().capabilities.streaming !== true, 'this target does not stream');
        await test();
      });
    };

    it('are there exactly where the target says so', () => {
      expect(target().startUpload !== undefined).toBe(target().capabilities.streaming === true);
    });

    for (const size of SIZES) {
      streaming(`of ${String(size)} bytes come back as they were`, async () => {
        const bytes = randomBytes(size);
        const upload = await start();
        await writeAll(upload, bytes);
        expect(valueOf(await upload.finish(factsOf(bytes)))).toBe('created');
        await expectThere(bytes);
      });
    }

    streaming('report how far they are, and ask before they send', async () => {
      const bytes = randomBytes(2_500_000);
      const watch = watched();
      const upload = await start(watch.options);
      await writeAll(upload, bytes);
      valueOf(await upload.finish(factsOf(bytes)));
      watch.expectMoved(bytes.length);
    });

    streaming('are invisible before they are finished, and gone when they are aborted', async () => {
      const upload = await start();
      await writeAll(upload, randomBytes(100_000));
      await expectNothing();
      await upload.abort();
      await expectNothing();
    });

    for (const [name, wrong] of Object.entries({ size: { bytes: 6 }, content: { sha256: digestOf('no') } })) {
      streaming(`of another ${name} than they should have are refused, and nothing appears`, async () => {
        const upload = await start();
        await writeAll(upload, Buffer.from('content'));
        const expected = { ...factsOf(Buffer.from('content')), ...wrong };
        expect(failureIn(await upload.finish(expected)).code).toBe('CORRUPT');
        await upload.abort();
        await expectNothing();
      });
    }

    streaming('never replace', async () => {
      const upload = await start();
      await writeAll(upload, Buffer.from('second'));
      valueOf(await target().create(KEY, Buffer.from('first')));
      expect(valueOf(await upload.finish(factsOf(Buffer.from('second'))))).toBe('exists');
      expect(valueOf(await target().get(KEY, 100))?.toString()).toBe('first');
    });

    streaming('of one key at the same time leave one of them, whole', async () => {
      const all = Array.from({ length: 3 }, () => randomBytes(100_000));
      const uploads = await Promise.all(all.map(() => start()));
      await Promise.all(uploads.map((upload, index) => writeAll(upload, all[index] ?? Buffer.alloc(0))));
      const finished = uploads.map((upload, index) => upload.finish(factsOf(all[index] ?? Buffer.alloc(0))));
      await expectWinner(target(), all, (await Promise.all(finished)).map(valueOf));
    });

    streaming('end when they are interrupted, and nothing appears', async () => {
      const stop = new AbortController();
      const upload = await start({ signal: stop.signal });
      await writeAll(upload, Buffer.alloc(1000));
      stop.abort();
      expect(failureIn(await upload.write(Buffer.alloc(1000))).code).toBe('INTERRUPTED');
      expect(failureIn(await upload.finish(factsOf(Buffer.alloc(1000)))).code).toBe('INTERRUPTED');
      await upload.abort();
      await expectNothing();
    });
  });

  async function expectWinner(
    on: Target,
    all: readonly Buffer[],
    outcomes: readonly ('created' | 'exists')[],
  ): Promise<void> {
    const winners = all.filter((_, index) => outcomes[index] === 'created');
    if (on.capabilities.createOnly) expect(winners).toHaveLength(1);
    const found = await collect(valueOf(await on.read(KEY)));
    expect(winners.some((bytes) => bytes.equals(found))).toBe(true);
    expect(valueOf(await on.list('acme/'))).toHaveLength(1);
  }
}

/** Every chunk lies in the same memory, as its writer may do, and each is of another length. */
async function writeAll(upload: ObjectUpload, bytes: Buffer): Promise<void> {
  const memory = Buffer.alloc(400_000);
  for (let start = 0, length = 1; start < bytes.length; start += length, length = (length * 7) % 399_989) {
    const part = bytes.subarray(start, start + length);
    part.copy(memory);
    valueOf(await upload.write(memory.subarray(0, part.length)));
    memory.fill(0xff);
  }
}

function watched() {
  const seen: number[] = [];
  const asked: number[] = [];
  return {
    options: {
      onProgress: (bytes: number) => {
        // What has been taken was asked for before.
        expect(sum(asked)).toBeGreaterThanOrEqual(bytes);
        seen.push(bytes);
      },
      pace: (bytes: number) => {
        asked.push(bytes);
        return Promise.resolve();
      },
    },
    expectMoved: (bytes: number) => {
      expect(seen.at(-1)).toBe(bytes);
      expect(seen).toEqual(seen.toSorted((left, right) => left - right));
      expect(sum(asked)).toBeGreaterThanOrEqual(bytes);
    },
  };
}

/** Interrupted at the moment at which the first bytes are about to be sent. */
function stoppedBySelf() {
  const stop = new AbortController();
  const pace = (): Promise<void> => {
    stop.abort();
    return Promise.resolve();
  };
  return { signal: stop.signal, pace };
}

function factsOf(bytes: Buffer) {
  return { bytes: bytes.length, sha256: digestOf(bytes) };
}

function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
