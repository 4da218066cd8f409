import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failure, type Failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ObjectBytes, ReadOptions } from '../../src/domain/target.ts';
import { seededRandom } from '../sim/random.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { IDLE_MS, knownRig, never, unreachable, type Rig } from './rig.ts';

const KEY = 'acme/data/files/one.gpg';
const content = randomBytes(300_000);
const CHUNK = 10_000;

interface Disturbance {
  /** Bytes that come before it. */
  readonly after: number;
  readonly end: Failure | 'silent' | 'stall';
}

/** One reading of the content, with at most one chunk valid at a time, as adapters promise. */
function reading(
  { offset = 0, signal }: ReadOptions,
  { after, end }: Disturbance = { after: Infinity, end: 'silent' },
  stored = content,
): Result<ObjectBytes> {
  let why: Failure | undefined;
  const chunk = Buffer.alloc(CHUNK);
  async function* bytes(): AsyncGenerator<Buffer> {
    const last = Math.min(stored.length, offset + after);
    for (let at = offset; at < last; at += CHUNK) {
      chunk.fill(0);
      const size = stored.copy(chunk, 0, at, Math.min(at + CHUNK, last));
      yield await Promise.resolve(chunk.subarray(0, size));
    }
    if (last === stored.length) return;
    if (end === 'stall') await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    else if (end !== 'silent') why = end;
  }
  return ok({ size: stored.length, bytes: bytes(), failure: () => why });
}

/** Reads to the end: the digest of what came, and why it ended early. */
async function readThrough({ target, drive }: Rig, options?: ReadOptions) {
  return drive(
    (async () => {
      const object = valueOf(await target.read(KEY, options));
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of object.bytes) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      return { bytes, digest: hash.digest('hex'), failure: object.failure() };
    })(),
  );
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function disturbed(disturbances: readonly Disturbance[]): Promise<Rig & { offsets: number[] }> {
  const offsets: number[] = [];
  const made = await knownRig(() => ({
    read: (_key, options = {}) => {
      const disturbance = disturbances[offsets.length];
      offsets.push(options.offset ?? 0);
      return Promise.resolve(reading(options, disturbance));
    },
  }));
  return { ...made, offsets };
}

describe('a reading that ends early', () => {
  it.each<[string, Disturbance['end']]>([
    ['with a failure', unreachable],
    ['without a word', 'silent'],
    ['by standing still', 'stall'],
  ])('%s goes on where it was', async (_how, end) => {
    const made = await disturbed([
      { after: 25_000, end },
      { after: 100_000, end },
    ]);
    expect(await readThrough(made)).toEqual({ bytes: content.length, digest: digestOf(content) });
    expect(made.offsets).toEqual([0, 25_000, 125_000]);
  });

  it('goes on from the offset that was asked for', async () => {
    const made = await disturbed([{ after: 25_000, end: unreachable }]);
    const { digest } = await readThrough(made, { offset: 50_000 });
    expect(digest).toBe(digestOf(content.subarray(50_000)));
    expect(made.offsets).toEqual([50_000, 75_000]);
  });

  it('gives the same bytes wherever it ends, however often', async () => {
    const seed = randomBytes(4).readUInt32BE();
    const random = seededRandom(seed);
    const ends = [unreachable, 'silent', 'stall'] as const;
    const made = await disturbed(
      Array.from({ length: 30 }, () => ({
        after: 1 + random.below(20_000),
        end: ends[random.below(3)] ?? 'silent',
      })),
    );
    const { digest, failure: why } = await readThrough(made);
    expect({ digest, why }, `seed ${String(seed)}`).toEqual({ digest: digestOf(content), why: undefined });
  });

  it('fails when nothing more comes for too long, and says why', async () => {
    const made = await disturbed(
      Array.from({ length: 100 }, (_, index) => ({ after: index === 0 ? 20_000 : 0, end: unreachable })),
    );
    expect(await readThrough(made)).toMatchObject({ bytes: 20_000, failure: unreachable });
    expect(made.time.clock.monotonicMs()).toBeLessThanOrEqual(5 * 60_000);
    expect(made.notes.filter(({ level }) => level === 'warning')).toHaveLength(1);
  });

  it('is TRUNCATED where no failure explains it', async () => {
    const made = await disturbed(Array.from({ length: 100 }, () => ({ after: 0, end: 'silent' as const })));
    expect((await readThrough(made)).failure).toEqual(failure('TRUNCATED', `${KEY} ends 300000 bytes early`));
  });

  it('is not mixed with another object that came in its place', async () => {
    let calls = 0;
    const made = await knownRig(() => ({
      read: (_key, options = {}) => {
        calls += 1;
        return Promise.resolve(
          calls === 1
            ? reading(options, { after: 20_000, end: unreachable })
            : reading(options, undefined, content.subarray(1)),
        );
      },
    }));
    expect(await readThrough(made)).toMatchObject({ bytes: 20_000, failure: { code: 'CORRUPT' } });
  });

  it('fails at once where another attempt cannot help', async () => {
    const denied = failure('TARGET_DENIED', 'no');
    const made = await disturbed([{ after: 20_000, end: denied }]);
    expect(await readThrough(made)).toMatchObject({ bytes: 20_000, failure: denied });
    expect(made.offsets).toHaveLength(1);
  });

  it('ends with its caller', async () => {
    const controller = new AbortController();
    const made = await disturbed([{ after: 20_000, end: 'stall' }]);
    const through = readThrough(made, { signal: controller.signal });
    while (made.offsets.length === 0) await new Promise(setImmediate);
    controller.abort(failure('INTERRUPTED', 'interrupted'));
    expect((await through).failure?.code).toBe('INTERRUPTED');
    expect(made.offsets).toHaveLength(1);
  });
});

describe('a reading', () => {
  it('that does not begin is begun again', async () => {
    let calls = 0;
    const made = await knownRig(() => ({
      read: (_key, options = {}) => {
        calls += 1;
        if (calls === 1) return Promise.resolve(failed(unreachable));
        return calls === 2 ? never : Promise.resolve(reading(options));
      },
    }));
    expect((await readThrough(made)).digest).toBe(digestOf(content));
    expect(calls).toBe(3);
  });

  it('may be worked on for longer than the idle timeout', async () => {
    const made = await disturbed([]);
    const object = valueOf(await made.drive(made.target.read(KEY)));
    let bytes = 0;
    for await (const chunk of object.bytes) {
      bytes += chunk.length;
      made.time.advance(IDLE_MS * 2);
    }
    expect([bytes, object.failure(), made.offsets.length]).toEqual([content.length, undefined, 1]);
  });

  it('that nobody wants any more lets go of what it holds', async () => {
    let isReleased = false;
    const made = await knownRig(() => ({
      read: () => {
        async function* bytes(): AsyncGenerator<Buffer> {
          try {
            for (;;) yield await Promise.resolve(Buffer.alloc(10));
          } finally {
            isReleased = true;
          }
        }
        return Promise.resolve(ok({ size: 1e9, bytes: bytes(), failure: () => undefined }));
      },
    }));
    const object = valueOf(await made.drive(made.target.read(KEY)));
    for await (const chunk of object.bytes) if (chunk.length > 0) break;
    expect([isReleased, made.time.pending()]).toEqual([true, []]);
  });

  it('of nothing says so', async () => {
    const made = await knownRig();
    expect(failureIn(await made.drive(made.target.read(KEY))).code).toBe('NOT_FOUND');
  });
});
