import { describe, expect, it } from 'vitest';
import { createRunSummary } from '../../src/commands/converge/run-summary.ts';
import type { StepResult } from '../../src/domain/events.ts';
import { failure } from '../../src/domain/failure.ts';
import type { Step, StepAction } from '../../src/domain/run-graph.ts';

const broken = failure('HOOK_FAILED', 'hook "quiesce" ended with exit code 1');
const skipped: StepResult = { state: 'skipped', reason: 'needs before group shop, which failed' };

function step(id: string, action: StepAction, needs: readonly string[] = []): Step {
  return { id, action, needs, lane: { kind: 'host' }, retries: 0, subject: id };
}

function capture(resource: string, needs: readonly string[]): Step {
  const task = { snapshotId: `id-${resource}`, resource, mode: 'full', targets: ['disk'] } as const;
  return step(`capture ${resource}`, { kind: 'capture', task }, needs);
}

function before(owner: string, needs: readonly string[] = []): Step {
  return step(`before ${owner}`, { kind: 'hook', owner, moment: 'before', argv: [['quiesce']] }, needs);
}

function summaryOf(ended: readonly (readonly [Step, StepResult])[]) {
  const summary = createRunSummary();
  for (const [one, result] of ended) {
    summary.onEvent({ type: 'step-finished', step: one, result, durationMs: 0, atMs: 0 });
  }
  return Object.fromEntries(
    summary.resources().map(({ resource, state, failure: why }) => [resource, [state, why?.code]]),
  );
}

describe('what a failed hook means for the resources behind it', () => {
  it('counts every member of a group as failed, through the hooks of the members too', () => {
    const ended = summaryOf([
      [before('group shop'), { state: 'failed', failure: broken }],
      [before('db', ['before group shop']), skipped],
      [capture('db', ['before db']), skipped],
      [capture('files', ['before db']), skipped],
    ]);
    expect(ended).toEqual({ db: ['failed', 'HOOK_FAILED'], files: ['failed', 'HOOK_FAILED'] });
  });

  it('leaves a resource skipped that only waited for another resource', () => {
    const ended = summaryOf([
      [before('db'), { state: 'failed', failure: broken }],
      [capture('db', ['before db']), skipped],
      [capture('files', ['capture db']), skipped],
    ]);
    expect(ended).toEqual({ db: ['failed', 'HOOK_FAILED'], files: ['skipped', undefined] });
  });
});
