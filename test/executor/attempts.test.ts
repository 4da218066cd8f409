import fc from 'fast-check';
import { expect, test } from 'vitest';

import { FAILURE_KINDS, failure, type FailureCode } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import { backoffMs } from '../../src/domain/backoff.ts';
import { DONE, graph, runWith, settled, start, step } from './rig.ts';

const LOST = failed(failure('TARGET_UNREACHABLE', 'no route'));

test('a retryable failure is tried again after a jittered pause, in the same place of its lane', async () => {
  const rig = start(graph(step('a', { retries: 2 }), step('b')), {
    limits: { concurrency: 1, perTarget: 1 },
  });
  rig.held('a').end(LOST);
  await settled();
  expect(rig.time.pending()).toEqual([500]);
  expect(rig.running()).toEqual([]);
  rig.time.advance(500);
  await settled();
  expect(rig.held('a').context.attempt).toBe(2);
  rig.held('a').end(DONE);
  await settled();
  rig.held('b').end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 2, failed: 0 });
  expect(rig.events).toContainEqual(
    expect.objectContaining({ type: 'step-retrying', attempt: 1, delayMs: 500, failure: LOST.failure }),
  );
});

test('the last failure counts when every attempt failed', async () => {
  const rig = start(graph(step('a', { retries: 1 })));
  rig.held('a').end(LOST);
  await settled();
  rig.time.advance(1_000);
  await settled();
  rig.held('a').end(failed(failure('TARGET_IO', 'bad sector')));
  const { failures } = await rig.outcome;
  expect(failures).toEqual([{ step: 'a', failure: failure('TARGET_IO', 'bad sector') }]);
});

test.each(Object.entries(FAILURE_KINDS))(
  '%s is retried only where its table row says so',
  async (code, kind) => {
    const attempts: number[] = [];
    const rig = runWith(
      graph(step('a', { retries: 1 })),
      ({ attempt }) => {
        attempts.push(attempt);
        return Promise.resolve(failed(failure(code as FailureCode, 'x')));
      },
      { timers: { after: (_, action) => (queueMicrotask(action), () => undefined) } },
    );
    await rig.outcome;
    expect(attempts).toEqual(kind.retryable ? [1, 2] : [1]);
  },
);

test('an interruption ends the pause before a retry', async () => {
  const rig = start(graph(step('a', { retries: 5 })));
  rig.held('a').end(LOST);
  await settled();
  rig.graceful.abort('SIGINT');
  expect(await rig.outcome).toMatchObject({ failed: 1, failures: [{ failure: { code: 'INTERRUPTED' } }] });
  expect(rig.time.pending()).toEqual([]);
});

test('an attempt that takes too long is aborted and fails with the time limit and the tool output', async () => {
  const rig = start(graph(step('a', { timeoutMs: 7_200_000 })));
  const { context, end } = rig.held('a');
  rig.time.advance(7_199_999);
  expect(context.signal.aborted).toBe(false);
  rig.time.advance(1);
  expect(context.signal.aborted).toBe(true);
  end(failed(failure('SOURCE_FAILED', 'killed by SIGTERM', { toolOutput: 'half way' })));
  await rig.outcome;
  expect(rig.result('a')).toEqual({
    state: 'failed',
    failure: failure('TOOL_TIMEOUT', 'no end after 7200 s', {
      facts: { timeoutMs: 7_200_000 },
      toolOutput: 'half way',
    }),
  });
});

test('every attempt has the whole time limit, and its timer ends with it', async () => {
  const rig = start(graph(step('a', { timeoutMs: 1_000, retries: 1 })));
  rig.time.advance(900);
  rig.held('a').end(LOST);
  await settled();
  expect(rig.time.pending()).toEqual([500]);
  rig.time.advance(500);
  await settled();
  expect(rig.time.pending()).toEqual([1_000]);
  rig.held('a').end(DONE);
  await rig.outcome;
  expect(rig.time.pending()).toEqual([]);
});

test('an interruption reaches a step that has a time limit', async () => {
  const rig = start(graph(step('a', { timeoutMs: 1_000 })));
  const { context, end } = rig.held('a');
  rig.graceful.abort('SIGTERM');
  expect(context.signal.aborted).toBe(true);
  end(LOST);
  expect((await rig.outcome).failures[0]?.failure.code).toBe('INTERRUPTED');
});

test('the pause is uniform up to a bound that doubles and is capped', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const delayMs = backoffMs(attempt, () => random);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** Math.min(attempt - 1, 10)));
      },
    ),
  );
  expect([1, 2, 3, 7, 50].map((attempt) => backoffMs(attempt, () => 0.5))).toEqual([
    500, 1_000, 2_000, 30_000, 30_000,
  ]);
});
