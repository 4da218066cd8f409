import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, failure, type FailureCode } from '../../src/domain/failure.ts';
import { failed, ok } from '../../src/domain/result.ts';
import type { Target } from '../../src/domain/target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { down, failing, IDLE_MS, knownRig, never, rig, unreachable } from './rig.ts';

const KEY = 'acme/events/a.json';
const bytes = Buffer.from('signed');

describe('repeated operations', () => {
  it.each<[string, (target: Target) => ReturnType<Target['remove']>]>([
    ['get', async (target) => voided(await target.get(KEY, 100))],
    ['stat', async (target) => voided(await target.stat(KEY))],
    ['list', async (target) => voided(await target.list(''))],
    ['create', async (target) => voided(await target.create(KEY, bytes))],
    ['remove', (target) => target.remove(KEY)],
  ])('%s survives three refusals', async (name, use) => {
    let calls = 0;
    const { target, drive, time } = await knownRig((inner) => {
      const refused = [unreachable, unreachable, unreachable];
      const { run } = failing(refused, inner[name as 'remove'].bind(inner));
      return {
        [name]: (...args: [string]) => {
          calls += 1;
          return run(...args);
        },
      };
    });
    valueOf(await drive(use(target)));
    expect(calls).toBe(4);
    expect(time.clock.monotonicMs()).toBe(500 + 1000 + 2000);
  });

  it('happen at most a few times in a minute', async () => {
    const begun: number[] = [];
    const { target, drive } = await knownRig((inner, time) => ({
      stat: (key) => {
        begun.push(time.clock.monotonicMs());
        return down(time, 60_000, () => inner.stat(key));
      },
    }));
    valueOf(await drive(target.stat(KEY)));
    expect(begun.length).toBeLessThan(10);
  });

  it('bridge a cut of 90 s, and give up on one of 20 minutes long before its end', async () => {
    const cut = async (lengthMs: number) => {
      const made = await knownRig((inner, time) => ({
        create: (key, content) => down(time, lengthMs, () => inner.create(key, content)),
      }));
      return { ...made, result: await made.drive(made.target.create(KEY, bytes)) };
    };
    const short = await cut(90_000);
    expect(valueOf(short.result)).toBe('created');
    expect(short.notes.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warning: target far: connection refused; trying again',
      'info: target far answered again after 1m',
    ]);
    const long = await cut(20 * 60_000);
    expect(failureIn(long.result)).toEqual(unreachable);
    expect(long.time.clock.monotonicMs()).toBe(5 * 60_000);
  });

  it('wait once for a dead target, not once for each operation', async () => {
    let calls = 0;
    const { target, drive, time } = await knownRig((inner) => ({
      stat: (key) => {
        calls += 1;
        return down(time, 3_600_000, () => inner.stat(key));
      },
    }));
    await drive(target.stat(KEY));
    const before = { calls, ms: time.clock.monotonicMs() };
    await drive(target.stat(KEY));
    expect([calls - before.calls, time.clock.monotonicMs() - before.ms]).toEqual([1, 0]);
    time.advance(3_600_000);
    valueOf(await drive(target.stat(KEY)));
  });

  it('end soon with a target that has never answered', async () => {
    const { target, drive, time } = rig(() => ({ open: () => Promise.resolve(failed(unreachable)) }));
    expect(failureIn(await drive(target.open())).code).toBe('TARGET_UNREACHABLE');
    expect(time.clock.monotonicMs()).toBeLessThanOrEqual(10_000);
  });

  it('do not begin where a store answered that there is no such place', async () => {
    const absent = failure('TARGET_UNREACHABLE', 'no such bucket', { facts: { absent: true } });
    const { target, drive, time } = rig(() => ({ open: () => Promise.resolve(failed(absent)) }));
    expect(failureIn(await drive(target.open()))).toEqual(absent);
    expect(time.clock.monotonicMs()).toBe(0);
  });

  it.each(
    (Object.keys(FAILURE_KINDS) as FailureCode[])
      .filter((code) => !FAILURE_KINDS[code].retryable && /^TARGET|^CORRUPT|^ARCHIVED/.test(code))
      .map((code) => [code] as const),
  )('never follow %s', async (code) => {
    const refusing = failing([failure(code, 'no')], () => Promise.resolve(ok(undefined)));
    const { target, drive } = await knownRig(() => ({ stat: refusing.run }));
    expect(failureIn(await drive(target.stat(KEY))).code).toBe(code);
    expect(refusing.calls()).toBe(1);
  });

  it('end at once when their caller does', async () => {
    const controller = new AbortController();
    const { target, time } = await knownRig(() => ({ read: () => Promise.resolve(failed(unreachable)) }));
    const reading = target.read(KEY, { signal: controller.signal });
    while (time.pending().length === 0) await new Promise(setImmediate);
    controller.abort(failure('INTERRUPTED', 'interrupted by SIGINT'));
    expect(failureIn(await reading).message).toBe('interrupted by SIGINT');
    expect(time.pending()).toEqual([]);
  });
});

describe('publishing whose answer was lost', () => {
  const losing = (inner: Target): Partial<Target> => {
    let isFirst = true;
    return {
      create: async (key, content) => {
        const created = await inner.create(key, content);
        const isLost = isFirst;
        isFirst = false;
        return isLost ? failed(unreachable) : created;
      },
    };
  };

  it('is recognised by its own bytes', async () => {
    const { target, drive } = await knownRig(losing);
    expect(valueOf(await drive(target.create(KEY, bytes)))).toBe('created');
  });

  it.each(['other', 'other and longer'])('is no success where something else is there', async (content) => {
    const { target, drive } = await knownRig((inner) => {
      void inner.create(KEY, Buffer.from(content));
      return losing(inner);
    });
    expect(valueOf(await drive(target.create(KEY, bytes)))).toBe('exists');
  });

  it('of somebody else is left alone without a look', async () => {
    const looked = failing([], () => Promise.resolve(ok(undefined)));
    const { target, drive } = await knownRig((inner) => {
      void inner.create(KEY, bytes);
      return { get: looked.run };
    });
    expect(valueOf(await drive(target.create(KEY, bytes)))).toBe('exists');
    expect(looked.calls()).toBe(0);
  });
});

describe('operations that stand still', () => {
  it('end after the idle timeout, and are tried again', async () => {
    let calls = 0;
    const { target, drive, time } = await knownRig((inner) => ({
      get: (key, maxBytes) => {
        calls += 1;
        return calls === 1 ? never : inner.get(key, maxBytes);
      },
    }));
    expect(valueOf(await drive(target.get(KEY, 10)))).toBeUndefined();
    expect([calls, time.clock.monotonicMs()]).toEqual([2, IDLE_MS + 500]);
  });

  it('fail with TARGET_TIMEOUT when they always do', async () => {
    const { target, drive, time } = await knownRig(() => ({ get: () => never }));
    expect(failureIn(await drive(target.get(KEY, 10)))).toMatchObject({
      code: 'TARGET_TIMEOUT',
      message: 'nothing came from target far for 2m',
    });
    expect(time.clock.monotonicMs()).toBeLessThan(8 * 60_000);
  });

  it('end within half a minute before a target has answered', async () => {
    const { target, drive, time } = rig(() => ({ open: () => never }));
    expect(failureIn(await drive(target.open())).code).toBe('TARGET_TIMEOUT');
    expect(time.clock.monotonicMs()).toBe(30_000);
  });

  it('may be a listing of very many objects', async () => {
    const { target, drive, time } = await knownRig((inner) => ({
      list: async (prefix) => {
        await new Promise<void>((resolve) => time.timers.after(IDLE_MS * 4, resolve));
        return inner.list(prefix);
      },
    }));
    expect(valueOf(await drive(target.list('')))).toEqual([]);
  });

  it('do not keep a target from being closed', async () => {
    const { target, drive } = await knownRig(() => ({ close: () => never }));
    await drive(target.close());
  });
});

function voided(result: Awaited<ReturnType<Target['get' | 'stat' | 'list' | 'create']>>) {
  return result.ok ? ok() : result;
}
