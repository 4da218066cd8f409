import type { Timers } from '../domain/clock.ts';
import { formatDuration } from '../domain/duration.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, type Result } from '../domain/result.ts';

export interface TimeLimit {
  /** Name of the target. */
  readonly target: string;
  readonly limitMs: number;
  readonly timers: Timers;
}

/** What the work says, or TARGET_TIMEOUT; what it does later is like a reply that was lost. */
export function within<T>(limit: TimeLimit, work: () => Promise<Result<T>>): Promise<Result<T>> {
  return new Promise((resolve, reject) => {
    const cancel = limit.timers.after(limit.limitMs, () => {
      resolve(failed(silence(limit)));
    });
    work().then(resolve, reject).finally(cancel);
  });
}

export function silence({ target, limitMs }: Omit<TimeLimit, 'timers'>): Failure {
  return failure('TARGET_TIMEOUT', `nothing came from target ${target} for ${formatDuration(limitMs)}`);
}
