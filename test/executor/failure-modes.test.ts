import { expect, test } from 'vitest';

import { failure } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import { DONE, graph, settled, start, step } from './rig.ts';

const BROKEN = failed(failure('SOURCE_EMPTY', 'nothing there'));

const TWO_CHAINS = graph(
  step('capture a'),
  step('ship a', { needs: ['capture a'] }),
  step('commit a', { needs: ['ship a'] }),
  step('capture b'),
  step('ship b', { needs: ['capture b'] }),
);

test('continue: independent steps go on, dependants name the step that failed first', async () => {
  const rig = start(TWO_CHAINS, { onFailure: 'continue' });
  rig.held('capture a').end(BROKEN);
  await settled();
  rig.held('capture b').end(DONE);
  await settled();
  rig.held('ship b').end(DONE);
  const outcome = await rig.outcome;
  expect(outcome).toMatchObject({ succeeded: 2, failed: 1, skipped: 2 });
  expect(outcome.failures).toEqual([{ step: 'capture a', failure: BROKEN.failure }]);
  expect(rig.result('ship a')).toEqual({ state: 'skipped', reason: 'needs capture a, which failed' });
  expect(rig.result('commit a')).toEqual({ state: 'skipped', reason: 'needs capture a, which failed' });
});

test('no-new: running steps finish and nothing new starts', async () => {
  const rig = start(TWO_CHAINS, { onFailure: 'no-new' });
  rig.held('capture a').end(BROKEN);
  await settled();
  expect(rig.held('capture b').context.signal.aborted).toBe(false);
  expect(rig.result('ship b')).toEqual({ state: 'skipped', reason: 'not started: capture a failed' });
  rig.held('capture b').end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 1, failed: 1, skipped: 3 });
});

test('no-new: steps that wait for a place in a lane are skipped at once', async () => {
  const rig = start(graph(step('a'), step('b'), step('c')), {
    onFailure: 'no-new',
    limits: { concurrency: 2, perTarget: 1 },
  });
  rig.held('a').end(BROKEN);
  await settled();
  expect(rig.result('c')).toEqual({ state: 'skipped', reason: 'not started: a failed' });
  rig.held('b').end(DONE);
  await rig.outcome;
  expect(rig.events.some((event) => event.type === 'step-started' && event.step.id === 'c')).toBe(false);
});

test('kill: running steps are aborted and name the step that failed, whatever they return', async () => {
  const rig = start(TWO_CHAINS, { onFailure: 'kill' });
  const other = rig.held('capture b');
  rig.held('capture a').end(BROKEN);
  await settled();
  expect(other.context.signal.aborted).toBe(true);
  other.end(failed(failure('SOURCE_FAILED', 'tar was killed', { toolOutput: 'tar: Terminated' })));
  const outcome = await rig.outcome;
  expect(outcome).toMatchObject({ succeeded: 0, failed: 2, skipped: 3 });
  expect(outcome.interrupted).toBeUndefined();
  expect(rig.result('capture b')).toEqual({
    state: 'failed',
    failure: failure('UPSTREAM_FAILED', 'stopped because capture a failed', {
      toolOutput: 'tar: Terminated',
    }),
  });
});

test('kill: a step that succeeds in spite of the abort has succeeded', async () => {
  const rig = start(graph(step('a'), step('b')), { onFailure: 'kill' });
  const other = rig.held('b');
  rig.held('a').end(BROKEN);
  await settled();
  other.end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 1, failed: 1 });
});

test('an exception of a handler rejects after running steps and finalizers have ended', async () => {
  const rig = start(
    graph(step('a'), step('b'), step('c', { needs: ['a'] }), step('thaw', { after: ['a', 'b'] })),
  );
  rig.held('a').crash(new Error('a bug'));
  await settled();
  rig.held('b').end(DONE);
  await settled();
  rig.held('thaw').end(DONE);
  await expect(rig.outcome).rejects.toThrow('a bug');
  expect(rig.result('a')).toBeUndefined();
  expect(rig.result('c')).toEqual({ state: 'skipped', reason: 'needs a, which broke off' });
  expect(rig.result('thaw')).toMatchObject({ state: 'succeeded' });
  expect(rig.events.some((event) => event.type === 'run-finished')).toBe(false);
});

test('an exception of a subscriber stops the run as a bug and loses no running step', async () => {
  const seen: string[] = [];
  const rig = start(graph(step('a'), step('b', { needs: ['a'] })), {
    emit: (event) => {
      seen.push(event.type);
      if (event.type === 'step-started') throw new Error('a broken view');
    },
  });
  await settled();
  rig.held('a').end(DONE);
  await expect(rig.outcome).rejects.toThrow('a broken view');
  expect(seen).toEqual(['run-started', 'step-started', 'step-finished', 'step-finished']);
});
