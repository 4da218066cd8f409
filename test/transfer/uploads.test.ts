import { describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ObjectUpload, TransferOptions } from '../../src/domain/target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { failing, IDLE_MS, knownRig, never, unreachable } from './rig.ts';

const KEY = 'acme/data/files/one.gpg';
const FILE = { path: '/nowhere', bytes: 1_000, sha256: '00' };

type Uploaded = Result<'created' | 'exists'>;

/** An adapter that ends when it is told to. */
function untilAborted(signal: AbortSignal | undefined): Promise<Uploaded> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => {
      resolve(failed(failure('INTERRUPTED', 'interrupted')));
    });
  });
}

describe('an upload', () => {
  it('that fails is begun again, and its progress never falls', async () => {
    let attempts = 0;
    const { target, drive } = await knownRig(() => ({
      upload: (_key, _file, options = {}) => {
        attempts += 1;
        for (const bytes of [100, attempts * 200]) options.onProgress?.(bytes);
        return Promise.resolve(attempts < 4 ? failed(unreachable) : ok('created'));
      },
    }));
    const seen: number[] = [];
    const onProgress = (bytes: number): void => {
      seen.push(bytes);
    };
    expect(valueOf(await drive(target.upload(KEY, FILE, { onProgress })))).toBe('created');
    expect(seen).toEqual([100, 200, 400, 600, 800]);
  });

  it('of which nothing moves is ended, and tried again', async () => {
    let attempts = 0;
    const { target, drive, time } = await knownRig(() => ({
      upload: (_key, _file, { signal } = {}) => {
        attempts += 1;
        return attempts === 1 ? untilAborted(signal) : Promise.resolve(ok('exists'));
      },
    }));
    expect(valueOf(await drive(target.upload(KEY, FILE)))).toBe('exists');
    expect(time.clock.monotonicMs()).toBe(IDLE_MS + 500);
  });

  it('fails with TARGET_TIMEOUT where nothing ever moves, whatever the adapter says or does not', async () => {
    for (const stand of [untilAborted, () => never]) {
      const { target, drive, time } = await knownRig(() => ({
        upload: (_key, _file, { signal } = {}) => stand(signal),
      }));
      expect(failureIn(await drive(target.upload(KEY, FILE))).code).toBe('TARGET_TIMEOUT');
      expect(time.clock.monotonicMs()).toBeLessThan(10 * 60_000);
      expect(time.pending()).toEqual([]);
    }
  });

  it('may take for ever while something moves', async () => {
    const { target, drive, time } = await knownRig((_inner, { timers }) => ({
      upload: async (_key, _file, { onProgress } = {}) => {
        for (let piece = 1; piece <= 100; piece += 1) {
          await new Promise<void>((resolve) => timers.after(IDLE_MS * 0.9, resolve));
          onProgress?.(piece);
        }
        return ok('created');
      },
    }));
    expect(valueOf(await drive(target.upload(KEY, FILE)))).toBe('created');
    expect(time.clock.monotonicMs()).toBe(IDLE_MS * 90);
  });

  it('has all the time again once it has come further, and only then', async () => {
    const outcome = async (advances: boolean) => {
      let attempts = 0;
      const { target, drive, time } = await knownRig(() => ({
        upload: (_key, _file, { onProgress } = {}) => {
          attempts += 1;
          onProgress?.(advances ? attempts : 1);
          return Promise.resolve(attempts < 200 ? failed(unreachable) : ok('created'));
        },
      }));
      const uploaded = await drive(target.upload(KEY, FILE));
      return { ok: uploaded.ok, ms: time.clock.monotonicMs() };
    };
    expect(await outcome(true)).toEqual({ ok: true, ms: 199 * 500 });
    expect(await outcome(false)).toMatchObject({ ok: false });
  });

  it('ends with its caller, also behind an adapter that does not listen', async () => {
    for (const stand of [untilAborted, () => never]) {
      const controller = new AbortController();
      const { target, drive, time } = await knownRig(() => ({
        upload: (_key, _file, { signal } = {}) => stand(signal),
      }));
      const uploading = target.upload(KEY, FILE, { signal: controller.signal });
      controller.abort(failure('INTERRUPTED', 'interrupted by SIGINT'));
      expect(failureIn(await drive(uploading)).message).toBe('interrupted by SIGINT');
      expect(time.clock.monotonicMs()).toBeLessThanOrEqual(10_000);
    }
  });

  it('is not idle while it waits for its bandwidth', async () => {
    const { target, drive, time } = await knownRig(() => ({
      upload: async (_key, _file, { pace, signal }: TransferOptions = {}) => {
        await pace?.(1_000);
        return signal?.aborted === true ? failed(unreachable) : ok('created');
      },
    }));
    const pace = () => new Promise<void>((resolve) => time.timers.after(IDLE_MS * 3, resolve));
    expect(valueOf(await drive(target.upload(KEY, FILE, { pace })))).toBe('created');
    expect(time.clock.monotonicMs()).toBe(IDLE_MS * 3);
  });
});

describe('a stream to a target', () => {
  const upload = (changes: Partial<ObjectUpload> = {}): ObjectUpload => ({
    write: () => Promise.resolve(ok()),
    finish: () => Promise.resolve(ok('created')),
    abort: () => Promise.resolve(),
    ...changes,
  });
  const start = (first: ObjectUpload, failures = 0) => {
    const begin = failing(Array<typeof unreachable>(failures).fill(unreachable), () =>
      Promise.resolve(ok(first)),
    );
    return knownRig(() => ({ startUpload: begin.run }));
  };

  it('is begun again, but never repeated once it has begun', async () => {
    let writes = 0;
    const write = () => {
      writes += 1;
      return Promise.resolve(failed(unreachable));
    };
    const { target, drive } = await start(upload({ write }), 3);
    const stream = valueOf(await drive(target.startUpload?.(KEY) ?? never));
    expect(failureIn(await drive(stream.write(Buffer.alloc(1))))).toEqual(unreachable);
    expect(writes).toBe(1);
  });

  it.each<[string, Partial<ObjectUpload>, (stream: ObjectUpload) => Promise<Result<unknown>>]>([
    ['write', { write: () => never }, (stream) => stream.write(Buffer.alloc(1))],
    ['finish', { finish: () => never }, (stream) => stream.finish(FILE)],
  ])('ends with TARGET_TIMEOUT where %s stands still', async (_name, changes, use) => {
    const { target, drive, time } = await start(upload(changes));
    const stream = valueOf(await drive(target.startUpload?.(KEY) ?? never));
    expect(failureIn(await drive(use(stream))).code).toBe('TARGET_TIMEOUT');
    expect(time.clock.monotonicMs()).toBeLessThanOrEqual(IDLE_MS + 10_000);
    await drive(stream.abort());
  });

  it('may wait for its source for longer than the idle timeout', async () => {
    const { target, drive, time } = await start(upload());
    const stream = valueOf(await drive(target.startUpload?.(KEY) ?? never));
    time.advance(IDLE_MS * 5);
    valueOf(await drive(stream.write(Buffer.alloc(1))));
    time.advance(IDLE_MS * 5);
    expect(valueOf(await drive(stream.finish(FILE)))).toBe('created');
  });

  it('is offered exactly where the target offers it', async () => {
    const { target } = await knownRig((inner) => {
      Reflect.deleteProperty(inner, 'startUpload');
      return {};
    });
    expect(target).not.toHaveProperty('startUpload');
  });
});
