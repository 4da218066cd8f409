import { describe, expect, it } from 'vitest';
import type { ProbeFacts } from '../../../src/catalog/event-facts.ts';
import { probeExaminations } from '../../../src/commands/doctor/probe-examinations.ts';
import { rightsOf, rightsWithoutCreating } from '../../../src/commands/doctor/rights.ts';
import type { MachineKey } from '../../../src/commands/read-keys.ts';
import type { SignerRole } from '../../../src/domain/plan.ts';
import { failure } from '../../../src/domain/failure.ts';
import { lyingTarget } from '../../support/lying-target.ts';
import { createPruneWorld, PLAN } from '../../support/prune-world.ts';
import { target } from '../../planner/prune/rig.ts';

const KEPT: ProbeFacts = {
  target: 'offsite',
  createOnly: true,
  oneWinner: true,
  readAfterWrite: true,
  listAfterWrite: true,
  modificationTimes: true,
  clockAheadMs: 0,
  mayRemove: true,
  lock: false,
  durationMs: 12,
};

const told = (facts: Partial<ProbeFacts>): readonly string[] =>
  probeExaminations('offsite', { ...KEPT, ...facts }).map(({ state, detail }) => `${state}: ${detail}`);

describe('the doctor says of a store', () => {
  it('that it keeps its promises, once', () => {
    expect(told({})).toEqual([
      'ok: replaces nothing, lets one of eight writers win, shows at once what was written',
    ]);
    expect(told({ wholeListings: true })[0]).toContain('long listings too');
  });

  it.each([
    [{ createOnly: false }, 'replaces objects that exist'],
    [{ oneWinner: false }, 'lets several writers create one object'],
    [{ readAfterWrite: false }, 'gives other bytes back than it was given'],
    [{ listAfterWrite: false }, 'lists new objects late'],
    [{ wholeListings: false }, 'leaves objects out of long listings'],
    [{ modificationTimes: false }, 'has no usable modification times'],
  ])('%j', (facts, detail) => {
    expect(told(facts)).toEqual([`warning: ${detail}`]);
  });

  it('how far its clock is off, from five minutes on', () => {
    expect(told({ clockAheadMs: 5 * 60_000 })).toHaveLength(1);
    expect(told({ clockAheadMs: 3_600_000 })[1]).toBe(
      'warning: its clock is 1h ahead of that of this machine',
    );
    expect(told({ clockAheadMs: -7_200_000 })[1]).toContain('behind');
  });

  it('when that was found out, where it was not now', () => {
    const [kept] = probeExaminations('offsite', KEPT, Date.parse('2026-11-21T02:00:00Z'));
    expect(kept?.detail).toMatch(/\(2026-11-21\)$/);
  });
});

const key = (...may: readonly SignerRole[]): MachineKey => ({ name: 'ci', may }) as MachineKey;
const rights = (
  facts: Partial<ProbeFacts>,
  own: MachineKey | undefined,
  prune: 'apply' | 'separate' = 'apply',
) =>
  rightsOf({ target: 'offsite', spec: target('offsite', { prune }), key: own, facts: { ...KEPT, ...facts } });

describe('the doctor says of credentials', () => {
  it('what they may', () => {
    const said = rights({}, key('write'));
    expect([said.state, said.detail]).toEqual(['ok', 'may read, list and create; may delete']);
  });

  it('that a pruner lacks the right to delete, unless somebody else prunes', () => {
    expect(rights({ mayRemove: false }, key('write', 'prune')).state).toBe('warning');
    expect(rights({ mayRemove: false }, key('write', 'prune'), 'separate').state).toBe('ok');
    expect(rights({ mayRemove: false }, key('write')).state).toBe('ok');
    expect(rights({ mayRemove: false }, undefined).state).toBe('ok');
  });

  it('that a lock tells nothing about the right', () => {
    const { mayRemove: _, ...unknown } = KEPT;
    const locked = { ...unknown, lock: true };
    expect(rightsOf({ target: 'offsite', spec: undefined, key: key('prune'), facts: locked })).toMatchObject({
      state: 'ok',
    });
  });

  it.each([
    { what: 'a reader may not create', own: undefined, lies: {}, state: 'ok', detail: 'may not create (' },
    {
      what: 'nor delete',
      own: undefined,
      lies: { deniesRemove: () => true },
      state: 'ok',
      detail: 'may not create, nor delete (',
    },
    { what: 'a writer has to', own: key('write'), lies: {}, state: 'failed', detail: 'may not create (' },
  ])('that $what', async ({ own, lies, state, detail }) => {
    const { repository } = await createPruneWorld();
    const lying = { ...repository, target: lyingTarget(repository.target, lies) };
    const refusal = failure('TARGET_DENIED', 'creating is denied');
    const about = { target: 'offsite', spec: undefined, key: own, plan: PLAN, refusal };
    const said = await rightsWithoutCreating(lying, about);
    expect(said.state).toBe(state);
    expect(said.detail).toContain(detail);
  });
});
