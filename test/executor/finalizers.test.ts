import { expect, test } from 'vitest';

import { failure } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import { DONE, graph, settled, start, step } from './rig.ts';

const BROKEN = failed(failure('HOOK_FAILED', 'exit code 1'));

const FROZEN = graph(
  step('freeze'),
  step('capture', { needs: ['freeze'] }),
  step('thaw', { after: ['freeze', 'capture'] }),
);

test.each(['continue', 'no-new', 'kill'] as const)(
  '%s: a finalizer runs when a step before it failed',
  async (onFailure) => {
    const rig = start(FROZEN, { onFailure });
    rig.held('freeze').end(DONE);
    await settled();
    expect(rig.running()).toEqual(['capture']);
    rig.held('capture').end(BROKEN);
    await settled();
    rig.held('thaw').end(DONE);
    expect(await rig.outcome).toMatchObject({ succeeded: 2, failed: 1, skipped: 0 });
  },
);

test('a finalizer waits for all steps before it', async () => {
  const rig = start(graph(step('a'), step('b'), step('thaw', { after: ['a', 'b'] })));
  rig.held('a').end(DONE);
  await settled();
  expect(rig.running()).toEqual(['b']);
  rig.held('b').end(DONE);
  await settled();
  rig.held('thaw').end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 3 });
});

test('a finalizer is skipped when none of its steps has started', async () => {
  const rig = start(
    graph(step('check'), step('freeze', { needs: ['check'] }), step('thaw', { after: ['freeze'] })),
  );
  rig.held('check').end(BROKEN);
  expect(await rig.outcome).toMatchObject({ failed: 1, skipped: 2 });
  expect(rig.result('thaw')).toEqual({
    state: 'skipped',
    reason: 'nothing to finish: no step before it has started',
  });
});

test('kill: a finalizer that runs already is not aborted', async () => {
  const rig = start(graph(step('a'), step('thaw', { after: ['a'] }), step('b')), { onFailure: 'kill' });
  rig.held('a').end(DONE);
  await settled();
  const thaw = rig.held('thaw');
  rig.held('b').end(BROKEN);
  await settled();
  expect(thaw.context.signal.aborted).toBe(false);
  thaw.end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 2, failed: 1 });
});

test('a step that needs a failed finalizer is skipped', async () => {
  const rig = start(graph(step('a'), step('thaw', { after: ['a'] }), step('next', { needs: ['thaw'] })));
  rig.held('a').end(DONE);
  await settled();
  rig.held('thaw').end(BROKEN);
  await rig.outcome;
  expect(rig.result('next')).toEqual({ state: 'skipped', reason: 'needs thaw, which failed' });
});
