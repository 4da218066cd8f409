import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/events.ts';
import { failure } from '../../src/domain/failure.ts';
import { failed } from '../../src/domain/result.ts';
import type { RunGraph, Step } from '../../src/domain/run-graph.ts';
import { graph, runWith, DONE, step } from './rig.ts';

const LIMITS = { concurrency: 3, perTarget: 2 };
const BROKEN = failed(failure('SOURCE_EMPTY', 'nothing there'));

/** What one step of a random graph is like; predecessors are numbers modulo its own position. */
const stepShape = fc.record({
  predecessors: fc.uniqueArray(fc.nat(1_000), { maxLength: 3 }),
  finalizer: fc.boolean(),
  target: fc.constantFrom(undefined, 'a', 'b'),
  fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  turns: fc.nat(4),
});
type StepShape = typeof stepShape extends fc.Arbitrary<infer T> ? T : never;

const scenario = fc.record({
  shapes: fc.array(stepShape, { maxLength: 40 }),
  onFailure: fc.constantFrom('continue', 'no-new', 'kill'),
  /** Graceful stop at this event, where there are so many. */
  stopAtEvent: fc.option(fc.nat(60), { nil: undefined }),
});

test('random graphs: needs respected, lanes never exceeded, one end per step, finalizers run', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ shapes, onFailure, stopAtEvent }) => {
      const steps = shapes.map((shape, n) => toStep(shape, n));
      const events: RunEvent[] = [];
      const stop = new AbortController();
      const rig = runWith(graph(...steps), handlerOf(shapes), {
        onFailure,
        limits: LIMITS,
        signals: { graceful: stop.signal, forceful: new AbortController().signal },
        emit: (event) => {
          events.push(event);
          if (events.length - 1 === stopAtEvent) stop.abort('SIGINT');
        },
      });
      const outcome = await rig.outcome;
      expect(outcome.succeeded + outcome.failed + outcome.skipped).toBe(steps.length);
      replay({ runId: 'run-1', steps }, events);
      if (onFailure === 'continue' && stopAtEvent === undefined) expectNoNeedlessSkip(steps, events);
    }),
    { numRuns: 300 },
  );
});

function toStep({ predecessors, finalizer, target }: StepShape, position: number): Step {
  const ids = position === 0 ? [] : [...new Set(predecessors.map((n) => `s${n % position}`))];
  return step(`s${position}`, {
    needs: finalizer ? [] : ids,
    ...(finalizer && { after: ids }),
    lane: target === undefined ? { kind: 'host' } : { kind: 'target', target },
  });
}

function handlerOf(shapes: readonly StepShape[]): Parameters<typeof runWith>[1] {
  return async ({ step: { id }, signal }) => {
    const shape = shapes[Number(id.slice(1))];
    for (let turn = 0; turn < (shape?.turns ?? 0) && !signal.aborted; turn += 1) await Promise.resolve();
    return shape?.fails === true || signal.aborted ? BROKEN : DONE;
  };
}

/** Walks through the events of a run and checks every promise at each of them. */
function replay({ steps }: RunGraph, events: readonly RunEvent[]): void {
  const started = new Set<string>();
  const ended = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'step-started') {
      const { id, needs, after = [], lane } = event.step;
      expect(needs.every((need) => ended.get(need) === 'succeeded')).toBe(true);
      expect(after.every((before) => ended.has(before))).toBe(true);
      expect(after.length === 0 || after.some((before) => started.has(before))).toBe(true);
      started.add(id);
      const busy = steps.filter(
        (other) => started.has(other.id) && !ended.has(other.id) && sameLane(other.lane, lane),
      );
      expect(busy.length).toBeLessThanOrEqual(lane.kind === 'host' ? LIMITS.concurrency : LIMITS.perTarget);
    } else if (event.type === 'step-finished') {
      expect(ended.has(event.step.id)).toBe(false);
      expect(event.result.state === 'skipped').toBe(!started.has(event.step.id));
      ended.set(event.step.id, event.result.state);
    }
  }
  expect(ended.size).toBe(steps.length);
  for (const { id, after = [] } of steps) {
    if (after.some((before) => started.has(before))) expect(started).toContain(id);
  }
}

/** Under `continue`, only a step with a failed ancestor, or a finalizer of such, may be skipped. */
function expectNoNeedlessSkip(steps: readonly Step[], events: readonly RunEvent[]): void {
  const states = new Map(
    events.flatMap((event) => (event.type === 'step-finished' ? [[event.step.id, event.result.state]] : [])),
  );
  for (const { id, needs, after = [] } of steps) {
    if (states.get(id) !== 'skipped') continue;
    const excused =
      after.length > 0
        ? after.every((before) => states.get(before) === 'skipped')
        : needs.some((need) => states.get(need) !== 'succeeded');
    expect(excused).toBe(true);
  }
}

function sameLane(a: Step['lane'], b: Step['lane']): boolean {
  return a.kind === 'host' ? b.kind === 'host' : b.kind === 'target' && a.target === b.target;
}
