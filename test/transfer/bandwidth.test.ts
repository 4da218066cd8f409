import { describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import { ok } from '../../src/domain/result.ts';
import { createBandwidth } from '../../src/transfer/bandwidth.ts';
import { steady } from '../../src/transfer/steady.ts';
import { manualTime } from '../support/manual-time.ts';
import { createMemoryStore, createMemoryTarget } from '../support/memory-target.ts';
import { valueOf } from '../support/results.ts';
import { drive } from './rig.ts';

const MIB = 1024 * 1024;

describe('a bandwidth', () => {
  it('lets no more through than it says, whoever takes it', async () => {
    const time = manualTime();
    const bandwidth = createBandwidth(MIB, time);
    const transfer = async (): Promise<void> => {
      for (let piece = 0; piece < 20; piece += 1) await bandwidth.take(MIB / 4);
    };
    await drive(time, Promise.all([transfer(), transfer(), transfer()]));
    const moved = 15 * MIB;
    expect(time.clock.monotonicMs()).toBeGreaterThanOrEqual(((moved - MIB / 4) / MIB) * 1000 - 100);
    expect(time.clock.monotonicMs()).toBeLessThanOrEqual((moved / MIB) * 1000);
  });

  it('saves nothing up for later', async () => {
    const time = manualTime();
    const bandwidth = createBandwidth(MIB, time);
    time.advance(3_600_000);
    const startMs = time.clock.monotonicMs();
    await drive(time, Promise.all(Array.from({ length: 5 }, () => bandwidth.take(MIB))));
    expect(time.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(3_900);
  });

  it('lets go of whoever has been interrupted', async () => {
    const time = manualTime();
    const bandwidth = createBandwidth(1, time);
    const controller = new AbortController();
    await bandwidth.take(1_000);
    const waiting = bandwidth.take(1_000, controller.signal);
    controller.abort();
    await waiting;
    expect(time.pending()).toEqual([]);
  });
});

describe.each([true, false])('a target with a bandwidth, remote: %s', (remote) => {
  const content = Buffer.alloc(200_000, 'x');
  const build = async () => {
    const time = manualTime();
    const inner = createMemoryTarget(createMemoryStore());
    valueOf(await inner.prepare());
    const target = steady(
      {
        ...inner,
        upload: async (key, file, { pace } = {}) => {
          for (let piece = 0; piece < 10; piece += 1) await pace?.(file.bytes / 10);
          return inner.create(key, content);
        },
      },
      { ...time, random: () => 0.5, idleTimeoutMs: 60_000, remote, bandwidth: 10_000 },
    );
    return { time, target };
  };

  it('is slow both ways, without being idle', async () => {
    const { time, target } = await build();
    await drive(time, target.upload('a/b', { path: '', bytes: content.length, sha256: '' }));
    const uploadedMs = time.clock.monotonicMs();
    expect(uploadedMs).toBeGreaterThan(17_000);
    const object = valueOf(await drive(time, target.read('a/b')));
    const size = await drive(
      time,
      (async () => {
        let bytes = 0;
        for await (const chunk of object.bytes) bytes += chunk.length;
        return bytes;
      })(),
    );
    expect([size, object.failure(), object.localPath]).toEqual([content.length, undefined, undefined]);
    expect(time.clock.monotonicMs() - uploadedMs).toBeGreaterThan(15_000);
  });

  it('shows what its store turns out to lack', () => {
    const inner = createMemoryTarget(createMemoryStore());
    let createOnly = true;
    Object.defineProperty(inner, 'capabilities', {
      get: () => ({ createOnly, listAfterWrite: true, staging: false }),
    });
    const rules = { ...manualTime(), random: () => 0.5, idleTimeoutMs: 60_000, remote, bandwidth: 10_000 };
    const target = steady(inner, rules);
    expect(target.capabilities.createOnly).toBe(true);
    createOnly = false;
    expect(target.capabilities.createOnly).toBe(false);
  });

  it('keeps failures of readings', async () => {
    const time = manualTime();
    const inner = createMemoryTarget(createMemoryStore());
    valueOf(await inner.prepare());
    const denied = failure('TARGET_DENIED', 'no');
    async function* none(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.alloc(1));
    }
    const target = steady(
      {
        ...inner,
        read: () => Promise.resolve(ok({ size: 5, bytes: none(), failure: () => denied })),
      },
      { ...time, random: () => 0.5, idleTimeoutMs: 60_000, remote, bandwidth: 10 },
    );
    const object = valueOf(await target.read('a'));
    await drive(
      time,
      (async () => {
        for await (const chunk of object.bytes) expect(chunk).toHaveLength(1);
      })(),
    );
    expect(object.failure()).toEqual(denied);
  });
});
