import { describe, expect, it } from 'vitest';
import { runFacts } from '../../src/commands/converge/run-facts.ts';
import { createRunSummary, exitCodeOfRun } from '../../src/commands/converge/run-summary.ts';
import type { DueBackup, WaitingTarget } from '../../src/domain/due.ts';
import type { StepResult } from '../../src/domain/events.ts';
import { failure } from '../../src/domain/failure.ts';
import { USUAL_TARGET_LIMITS, type Plan } from '../../src/domain/plan.ts';
import type { ResourceSummary } from '../../src/domain/run-report.ts';
import type { Step, StepAction } from '../../src/domain/run-graph.ts';

const place = (name: string, offsite = false) =>
  [
    name,
    { name, type: 'filesystem', options: {}, offsite, prune: 'apply', limits: USUAL_TARGET_LIMITS },
  ] as const;
const world: Pick<Plan, 'policies' | 'targets'> = {
  policies: { countSource: false, separate: [] },
  targets: Object.fromEntries([place('disk'), place('far', true)]),
};

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

type Ended = readonly (readonly [Step, StepResult])[];

function resourcesOf(ended: Ended) {
  const summary = createRunSummary();
  for (const [one, result] of ended) {
    summary.onEvent({ type: 'step-finished', step: one, result, durationMs: 0, atMs: 0 });
  }
  return summary.resources();
}

function summaryOf(ended: Ended) {
  return Object.fromEntries(
    resourcesOf(ended).map(({ resource, state, failure: why }) => [resource, [state, why?.code]]),
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

describe('a resource that did not change', () => {
  const since = 'id-earlier';
  const unchanged: StepResult = {
    state: 'succeeded',
    summary: `unchanged since ${since}`,
    warnings: [],
    unchangedSince: since,
  };
  const done: StepResult = { state: 'succeeded', summary: 'full, 1 B', warnings: [] };
  const closed: StepResult = { state: 'failed', failure: failure('TARGET_UNREACHABLE', 'not open') };
  const commit = (resource: string, target: string): Step => {
    const task = { snapshotId: `id-${resource}`, resource, mode: 'full', targets: ['disk', 'far'] } as const;
    return step(`commit ${resource} → ${target}`, { kind: 'commit', task, target });
  };

  it('names the snapshot that it equals, and claims none', () => {
    const resources = resourcesOf([
      [capture('db', []), unchanged],
      [commit('db', 'disk'), done],
      [commit('db', 'far'), done],
    ]);
    expect(resources).toEqual([
      { resource: 'db', state: 'unchanged', mode: 'full', snapshotId: since, targets: [], missing: [] },
    ]);
    expect(exitCodeOfRun(world, { resources, copies: [], failures: [], due: [] })).toBe(0);
    const plan = { digest: 'sha256:0' } as Plan;
    const outcome = { succeeded: 3, failed: 0, skipped: 0, durationMs: 1, failures: [] };
    expect(runFacts(plan, { resources, copies: [], outcome })).toMatchObject({
      result: 'succeeded',
      resources: [{ resource: 'db', state: 'succeeded', mode: 'full' }],
    });
    expect(JSON.stringify(runFacts(plan, { resources, copies: [], outcome }))).not.toContain('id-');
  });

  it('is partial where a target could not be looked at', () => {
    const [resource] = resourcesOf([
      [capture('db', []), unchanged],
      [commit('db', 'disk'), done],
      [commit('db', 'far'), closed],
    ]);
    expect(resource).toMatchObject({ state: 'partial', snapshotId: since, missing: ['far'] });
  });

  it('keeps no others from being told apart', () => {
    const ended = summaryOf([
      [capture('db', []), unchanged],
      [commit('db', 'disk'), done],
      [capture('files', []), done],
      [commit('files', 'disk'), done],
    ]);
    expect(ended).toEqual({ db: ['unchanged', undefined], files: ['succeeded', undefined] });
  });
});

describe('the exit code of a run', () => {
  const taken: ResourceSummary = {
    resource: 'db',
    state: 'succeeded',
    mode: 'full',
    snapshotId: 'id-db',
    targets: ['disk', 'far'],
    missing: [],
  };
  const partial: ResourceSummary = { ...taken, state: 'partial', targets: ['disk'], missing: ['far'] };
  const copy = { snapshotId: 'id-db', resource: 'db', mode: 'full', target: 'far', bytes: 1 } as const;
  const unreachable = failure('TARGET_UNREACHABLE', 'not open');
  const codeOf = (resources: readonly ResourceSummary[], policies = {}, copies = {}) =>
    exitCodeOfRun(
      { ...world, policies: { ...world.policies, ...policies } },
      { resources, copies: [], failures: [], due: [], ...copies },
    );

  it.each([
    ['everywhere', taken, {}, 0],
    ['not on every target', partial, {}, 4],
    ['not on every target, but often enough', partial, { copies: 1 }, 4],
    ['not on every target, but often enough with the source', partial, { copies: 2, countSource: true }, 4],
    ['not often enough', partial, { copies: 2 }, 3],
    ['not offsite', partial, { offsite: 1 }, 3],
    ['not offsite, and no restore point', { ...partial, mode: 'schema' as const }, { offsite: 1 }, 4],
    ['everywhere, which the policies do not find enough', taken, { copies: 3 }, 3],
    [
      'not offsite this time, because it did not change',
      { ...taken, state: 'unchanged' as const, targets: [] },
      { offsite: 1 },
      0,
    ],
  ])('of a snapshot that is %s', (_, one, policies, code) => {
    expect(codeOf([one], policies)).toBe(code);
  });

  it('counts a target that waits for its tick, unless it lacks what belongs there', () => {
    const onDisk = { ...taken, targets: ['disk'] };
    const waits = { target: 'far', tickMs: 1 };
    const dueWith = (...waiting: readonly WaitingTarget[]): DueBackup[] => [
      { resource: 'db', mode: 'full', targets: ['disk'], reason: 'tick-passed', waiting },
    ];
    const code = (end: object) => codeOf([onDisk], { copies: 2, offsite: 1 }, end);
    expect(code({ due: dueWith(waits) })).toBe(0);
    expect(code({ due: dueWith() })).toBe(3);
    const due = dueWith({ ...waits, lacking: true });
    expect(code({ due })).toBe(3);
    expect(code({ due, copies: [{ ...copy, state: 'copied' }] })).toBe(0);
    expect(code({ due, copies: [{ ...copy, state: 'failed', failure: unreachable }] })).toBe(3);
  });

  it('is 4 where only a missing copy could not be made', () => {
    const failures = [{ step: 'copy db@id-db → far', failure: unreachable }];
    const copies = [{ ...copy, state: 'failed' as const, failure: unreachable }];
    expect(codeOf([], {}, { copies, failures })).toBe(4);
    expect(codeOf([], {}, { copies: [{ ...copy, state: 'copied' as const }] })).toBe(0);
  });
});
