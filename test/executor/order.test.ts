import { expect, test } from 'vitest';

import { failure } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import { DONE, graph, runWith, settled, start, step } from './rig.ts';

test('an empty graph starts and finishes', async () => {
  const rig = start(graph());
  expect(await rig.outcome).toEqual({ succeeded: 0, failed: 0, skipped: 0, durationMs: 0, failures: [] });
  expect(rig.events.map((event) => event.type)).toEqual(['run-started', 'run-finished']);
});

test('a step starts when all its needs have succeeded', async () => {
  const rig = start(graph(step('a'), step('b'), step('c', { needs: ['a', 'b'] })));
  rig.held('a').end(DONE);
  await settled();
  expect(rig.running()).toEqual(['b']);
  rig.held('b').end(DONE);
  await settled();
  expect(rig.running()).toEqual(['c']);
  rig.held('c').end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 3 });
});

test('lanes: the host and each target have limits of their own', async () => {
  const ship = (id: string, target: string) => step(id, { lane: { kind: 'target', target } });
  const rig = start(
    graph(step('h1'), step('h2'), ship('a1', 'a'), ship('a2', 'a'), ship('b1', 'b'), ship('b2', 'b')),
    { limits: { concurrency: 1, perTarget: 1 } },
  );
  expect(rig.running()).toEqual(['h1', 'a1', 'b1']);
  rig.held('a1').end(DONE);
  await settled();
  expect(rig.running()).toEqual(['h1', 'b1', 'a2']);
  for (const id of ['h1', 'b1', 'a2']) rig.held(id).end(DONE);
  await settled();
  for (const id of ['h2', 'b2']) rig.held(id).end(DONE);
  expect(await rig.outcome).toMatchObject({ succeeded: 6 });
});

test('lanes: a target may have room for more, or less, than others', async () => {
  const ships = ['wide', 'usual', 'narrow'].flatMap((target) =>
    [1, 2, 3, 4].map((at) => step(`${target} ${String(at)}`, { lane: { kind: 'target', target } })),
  );
  const rig = start(graph(...ships), {
    limits: { concurrency: 1, perTarget: 2, targets: { wide: 3, narrow: 1 } },
  });
  expect(rig.running()).toEqual(['wide 1', 'wide 2', 'wide 3', 'usual 1', 'usual 2', 'narrow 1']);
  rig.held('narrow 1').end(DONE);
  await settled();
  expect(rig.running()).toEqual(['wide 1', 'wide 2', 'wide 3', 'usual 1', 'usual 2', 'narrow 2']);
});

test('what was begun is finished before something new is begun', async () => {
  const order: string[] = [];
  const chain = (name: string) => [
    step(`freeze ${name}`),
    step(`capture ${name}`, { needs: [`freeze ${name}`] }),
    step(`thaw ${name}`, { after: [`freeze ${name}`, `capture ${name}`] }),
  ];
  const rig = runWith(
    graph(...chain('a'), ...chain('b')),
    ({ step: { id } }) => {
      order.push(id);
      return Promise.resolve(DONE);
    },
    { limits: { concurrency: 1, perTarget: 1 } },
  );
  await rig.outcome;
  expect(order).toEqual(['freeze a', 'capture a', 'thaw a', 'freeze b', 'capture b', 'thaw b']);
});

test('durations come from the monotonic clock, moments from the wall clock', async () => {
  const rig = start(graph(step('a')));
  rig.time.advance(1_500);
  rig.held('a').context.progress(10, 20);
  rig.held('a').context.warn('slow');
  rig.held('a').end(DONE);
  const outcome = await rig.outcome;
  expect(outcome.durationMs).toBe(1_500);
  expect(rig.events).toEqual([
    expect.objectContaining({ type: 'run-started', runId: 'run-1', plan: 'test' }),
    expect.objectContaining({ type: 'step-started', attempt: 1, atMs: Date.UTC(2026, 0, 2, 3, 4, 5) }),
    expect.objectContaining({ type: 'step-progress', bytes: 10, totalBytes: 20 }),
    expect.objectContaining({ type: 'step-warning', message: 'slow' }),
    expect.objectContaining({
      type: 'step-finished',
      durationMs: 1_500,
      atMs: Date.UTC(2026, 0, 2, 3, 4, 6, 500),
    }),
    { type: 'run-finished', runId: 'run-1', outcome },
  ]);
});

test.each([
  ['an unknown need', graph(step('a', { needs: ['b'] })), 'a names unknown step b'],
  ['an id used twice', graph(step('a'), step('a')), 'two steps have the same id'],
  ['a cycle', graph(step('a', { needs: ['b'] }), step('b', { after: ['a'] })), 'in a cycle'],
])('a graph with %s is a bug of its maker', async (_, broken, message) => {
  await expect(start(broken).outcome).rejects.toThrow(message);
});

test('10,000 steps: a wide graph and a deep one end in seconds, also when the first step fails', async () => {
  const wide = Array.from({ length: 10_000 }, (_, n) =>
    step(`w${n}`, { needs: n < 100 ? [] : [`w${n % 100}`] }),
  );
  const deep = Array.from({ length: 10_000 }, (_, n) =>
    step(`d${n}`, { needs: n === 0 ? [] : [`d${n - 1}`] }),
  );
  const begun = performance.now();
  expect(await runWith(graph(...wide), () => Promise.resolve(DONE)).outcome).toMatchObject({
    succeeded: 10_000,
  });
  expect(await runWith(graph(...deep), () => Promise.resolve(DONE)).outcome).toMatchObject({
    succeeded: 10_000,
  });
  const broken = failed(failure('SOURCE_EMPTY', 'nothing there'));
  expect(await runWith(graph(...deep), () => Promise.resolve(broken)).outcome).toMatchObject({
    failed: 1,
    skipped: 9_999,
  });
  expect(performance.now() - begun).toBeLessThan(5_000);
});
