import { describe, expect, it } from 'vitest';
import { decideMandate, overtaken, type Approval } from '../../src/commands/converge/approval.ts';
import type { Ports } from '../../src/commands/ports.ts';
import type { AppliedPlan } from '../../src/domain/applied-plan.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { ok } from '../../src/domain/result.ts';
import { failureIn, valueOf } from '../support/results.ts';

const fresh = { name: 'shop', digest: 'sha256:new' } as Plan;
const old = { name: 'shop', digest: 'sha256:old' } as Plan;
const ports = { planFromDocument: () => Promise.resolve(ok(old)) } as unknown as Ports;

const applied: AppliedPlan = {
  serial: 7,
  applyId: 'a',
  at: '2026-11-21T00:00:00.000Z',
  holder: 'ci',
  digest: 'sha256:old',
  state: { format: 'backup-plan/state@1', plan: {}, digest: 'sha256:old' },
};

function answering(answer: boolean): Approval {
  return { kind: 'ask', ask: () => Promise.resolve(answer) };
}

describe('which plan a run follows', () => {
  it('follows an unchanged plan without asking anybody', async () => {
    const ask = { kind: 'ask', ask: () => Promise.reject(new Error('asked')) } as const;
    const mandate = valueOf(await decideMandate(ports, old, { applied, approval: ask }));
    expect(mandate).toEqual({ plan: old, commits: false, unapproved: false });
  });

  it.each<[string, Approval]>([
    ['--yes', { kind: 'yes' }],
    ['the expected digest', { kind: 'expect', digest: 'sha256:new' }],
    ['a person who says yes', answering(true)],
  ])('commits a changed plan with %s', async (_name, approval) => {
    const mandate = valueOf(await decideMandate(ports, fresh, { applied, approval }));
    expect(mandate).toEqual({ plan: fresh, commits: true, unapproved: false });
  });

  it.each<[string, Approval]>([
    ['nobody there', { kind: 'none' }],
    ['a person who says no', answering(false)],
  ])('follows the applied plan with %s', async (_name, approval) => {
    const mandate = valueOf(await decideMandate(ports, fresh, { applied, approval }));
    expect(mandate).toEqual({ plan: old, commits: false, unapproved: true });
  });

  it('does nothing under a plan that was never applied', async () => {
    const decided = await decideMandate(ports, fresh, { applied: undefined, approval: { kind: 'none' } });
    expect(failureIn(decided).code).toBe('APPROVAL_MISSING');
  });

  it('does nothing where the applied plan cannot be opened', async () => {
    const { state: _state, ...sealed } = applied;
    const decided = await decideMandate(ports, fresh, { applied: sealed, approval: { kind: 'none' } });
    expect(failureIn(decided).code).toBe('APPROVAL_MISSING');
  });

  it('refuses another digest than the approved one, even of an unchanged plan', async () => {
    const approval = { kind: 'expect', digest: 'sha256:other' } as const;
    const decided = await decideMandate(ports, old, { applied, approval });
    expect(failureIn(decided).code).toBe('APPROVAL_STALE');
  });
});

describe('a plan that was applied between the decision and the lock', () => {
  const other: AppliedPlan = { ...applied, serial: 9, digest: 'sha256:other' };

  it.each([
    ['an unchanged plan', old, applied],
    ['an approved change', fresh, applied],
    ['a first apply', fresh, undefined],
  ])('stops a run that decided on %s', (_name, plan, before) => {
    expect(overtaken(other, { applied: before, plan })?.code).toBe('APPROVAL_STALE');
  });

  it('stops nobody where it is the same plan as before, or the very plan of the run', () => {
    expect(overtaken({ ...applied, serial: 9 }, { applied, plan: fresh })).toBeUndefined();
    expect(overtaken({ ...applied, digest: fresh.digest }, { applied, plan: fresh })).toBeUndefined();
    expect(overtaken(undefined, { applied: undefined, plan: fresh })).toBeUndefined();
  });
});
