import { failure, type Failure } from '../../src/domain/failure.ts';
import { failed, type Result } from '../../src/domain/result.ts';
import type { Target } from '../../src/domain/target.ts';
import { reliable } from '../../src/transfer/reliable.ts';
import type { TransferNote } from '../../src/transfer/settings.ts';
import { manualTime, type ManualTime } from '../support/manual-time.ts';
import { createMemoryStore, createMemoryTarget } from '../support/memory-target.ts';

export const IDLE_MS = 120_000;

export interface Rig {
  readonly time: ManualTime;
  readonly target: Target;
  readonly notes: TransferNote[];
  /** The result, with time passing only while nothing else happens. */
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
}

/** What a test replaces of an opened in-memory target, behind the decorator. */
export function rig(change: (inner: Target, time: ManualTime) => Partial<Target> = () => ({})): Rig {
  const time = manualTime();
  const inner = createMemoryTarget(createMemoryStore(), { name: 'far' });
  void inner.prepare();
  const notes: TransferNote[] = [];
  const changes = change(inner, time);
  const target = reliable(
    { ...inner, ...changes },
    {
      ...time,
      random: () => 0.5,
      idleTimeoutMs: IDLE_MS,
      tell: (note) => notes.push(note),
    },
  );
  return { time, target, notes, drive: (work) => drive(time, work) };
}

/** A rig whose target has answered once, so that it is worth waiting for. */
export async function knownRig(change?: Parameters<typeof rig>[0]): Promise<Rig> {
  const made = rig(change);
  await made.drive(made.target.space());
  return made;
}

export async function drive<T>(time: ManualTime, work: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  work.then(settle, settle);
  for (;;) {
    for (let turn = 0; turn < 5 && !state.isSettled; turn += 1) await new Promise(setImmediate);
    if (state.isSettled) return work;
    const next = Math.min(...time.pending());
    if (next !== Infinity) time.advance(next);
  }
}

/** Answers with the failures one after the other, then does the work. */
export function failing<A extends readonly unknown[], T>(
  failures: readonly (Failure | undefined)[],
  work: (...args: A) => Promise<Result<T>>,
): { readonly run: (...args: A) => Promise<Result<T>>; calls(): number } {
  let calls = 0;
  return {
    run: (...args) => {
      const why = failures[calls];
      calls += 1;
      return why === undefined ? work(...args) : Promise.resolve(failed(why));
    },
    calls: () => calls,
  };
}

export const unreachable = failure('TARGET_UNREACHABLE', 'connection refused');

/** Fails until the outage is over by the clock. */
export function down<T>(
  time: ManualTime,
  untilMs: number,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  return time.clock.monotonicMs() < untilMs ? Promise.resolve(failed(unreachable)) : work();
}

export const never = new Promise<never>(() => undefined);
