import { expect, test } from 'vitest';

import { failure } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import { DONE, graph, settled, start, step } from './rig.ts';

const FROZEN = graph(
  step('freeze'),
  step('capture', { needs: ['freeze'] }),
  step('thaw', { after: ['freeze', 'capture'] }),
  step('other'),
);

const INTERRUPTED = failure('INTERRUPTED', 'interrupted by SIGTERM');

test('graceful: running steps are aborted and waited for, then finalizers run', async () => {
  const rig = start(FROZEN, { limits: { concurrency: 1, perTarget: 1 } });
  rig.held('freeze').end(DONE);
  await settled();
  const capture = rig.held('capture');
  rig.graceful.abort('SIGTERM');
  expect(capture.context.signal.reason).toEqual(INTERRUPTED);
  expect(rig.result('other')).toEqual({ state: 'skipped', reason: 'interrupted by SIGTERM' });
  await settled();
  expect(rig.running()).toEqual(['capture']);
  capture.end(failed(failure('SOURCE_FAILED', 'tar was killed')));
  await settled();
  expect(rig.result('capture')).toEqual({ state: 'failed', failure: INTERRUPTED });
  const thaw = rig.held('thaw');
  expect(thaw.context.signal.aborted).toBe(false);
  thaw.end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 2, failed: 1, skipped: 1, interrupted: 'SIGTERM' });
});

test('graceful: a running finalizer finishes', async () => {
  const rig = start(graph(step('a'), step('thaw', { after: ['a'] })));
  rig.held('a').end(DONE);
  await settled();
  rig.graceful.abort('SIGINT');
  expect(rig.held('thaw').context.signal.aborted).toBe(false);
  rig.held('thaw').end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 2, interrupted: 'SIGINT' });
});

test('forceful: the run ends at once, without waiting for handlers and without finalizers', async () => {
  const rig = start(FROZEN, { limits: { concurrency: 1, perTarget: 1 } });
  const freeze = rig.held('freeze');
  rig.graceful.abort('SIGINT');
  rig.forceful.abort('SIGINT');
  expect(freeze.context.signal.aborted).toBe(true);
  expect(await rig.outcome).toMatchObject({ succeeded: 0, failed: 1, skipped: 3, interrupted: 'SIGINT' });
  expect(rig.result('thaw')).toEqual({ state: 'skipped', reason: 'interrupted by SIGINT' });
  const before = rig.events.length;
  freeze.context.progress(1);
  freeze.end(DONE);
  await settled();
  expect(rig.events.length).toBe(before);
});

test('forceful: a running finalizer is aborted', async () => {
  const rig = start(graph(step('a'), step('thaw', { after: ['a'] })));
  rig.held('a').end(DONE);
  await settled();
  const thaw = rig.held('thaw');
  rig.forceful.abort('SIGINT');
  expect(thaw.context.signal.aborted).toBe(true);
  expect(await rig.outcome).toMatchObject({ succeeded: 1, failed: 1 });
});

test('a signal that came before the run starts no step', async () => {
  const graceful = AbortSignal.abort('SIGINT');
  const rig = start(FROZEN, { signals: { graceful, forceful: new AbortController().signal } });
  expect(await rig.outcome).toMatchObject({ succeeded: 0, failed: 0, skipped: 4, interrupted: 'SIGINT' });
});

test('a subscriber that interrupts from within an event is safe', async () => {
  const graceful = new AbortController();
  const ends: string[] = [];
  const rig = start(FROZEN, {
    signals: { graceful: graceful.signal, forceful: new AbortController().signal },
    emit: (event) => {
      if (event.type === 'step-started') graceful.abort('SIGINT');
      if (event.type === 'step-finished') ends.push(event.step.id);
    },
  });
  await settled();
  rig.held('freeze').end(failed(failure('HOOK_FAILED', 'killed')));
  await settled();
  rig.held('thaw').end(DONE);
  await rig.outcome;
  expect([...ends].sort()).toEqual(['capture', 'freeze', 'other', 'thaw']);
});
