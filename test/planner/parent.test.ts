import { describe, expect, it } from 'vitest';
import type { Mode } from '../../src/domain/mode.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { at, catalog, input, plan, resource, snapshot } from './builders.ts';

const BOTH = ['local', 'offsite'];
const full = snapshot({ resource: 'uploads', taken: '2026-11-15T03:00:05Z', targets: BOTH });
const first = snapshot({
  resource: 'uploads',
  mode: 'incremental',
  parent: full,
  taken: '2026-11-16T02:00:05Z',
  targets: BOTH,
});

function plannedOf(mode: Mode, snapshots: readonly Snapshot[], targets = BOTH, read = BOTH) {
  const one = resource('uploads', { schedules: [at(mode, '0 2 * * *')], targets: { [mode]: targets } });
  return planRun(input(plan([one]), { catalog: catalog(snapshots, { read: new Set(read) }) }));
}

function basisOf(...asked: Parameters<typeof plannedOf>) {
  return plannedOf(...asked).due[0];
}

/** What the step that commits on a target waits for. */
function commitNeeds(target: string, ...asked: Parameters<typeof plannedOf>) {
  const { steps } = plannedOf(...asked).graph;
  return steps.find(({ action }) => action.kind === 'commit' && action.target === target)?.needs;
}

describe('an incremental', () => {
  it('builds on the newest restore point', () => {
    expect(basisOf('incremental', [full, first])).toMatchObject({ mode: 'incremental', parentId: first.id });
  });

  it('builds on the newest one, which is copied first to a target that lacks it', () => {
    const halfway = snapshot({
      resource: 'uploads',
      mode: 'incremental',
      parent: full,
      taken: '2026-11-17T02:00:05Z',
    });
    const known = [full, first, halfway];
    expect(basisOf('incremental', known)).toMatchObject({ parentId: halfway.id });
    expect(commitNeeds('offsite', 'incremental', known)).toEqual([
      'ship uploads → offsite',
      `copy uploads@${halfway.id} → offsite`,
    ]);
    expect(commitNeeds('local', 'incremental', known)).toEqual(['ship uploads → local']);
  });

  it('has the whole chain copied first, the full before what was built on it', () => {
    const child = snapshot({
      resource: 'uploads',
      mode: 'incremental',
      parent: { ...full, copies: full.copies.slice(0, 1) },
      taken: '2026-11-17T02:00:05Z',
    });
    const { graph } = plannedOf('incremental', [{ ...full, copies: full.copies.slice(0, 1) }, child]);
    const copies = graph.steps.filter(({ action }) => action.kind === 'copy');
    expect(copies.map(({ id, needs }) => [id, needs])).toEqual([
      [`copy uploads@${full.id} → offsite`, []],
      [`copy uploads@${child.id} → offsite`, [`copy uploads@${full.id} → offsite`]],
    ]);
  });

  it('does not ask what a target holds that was not read', () => {
    const here = snapshot({ resource: 'uploads', taken: '2026-11-15T03:00:05Z' });
    expect(basisOf('incremental', [here], BOTH, ['local'])).toMatchObject({ parentId: here.id });
    expect(commitNeeds('offsite', 'incremental', [here], BOTH, ['local'])).toEqual([
      'ship uploads → offsite',
    ]);
  });

  it.each(['missing', 'archived'] as const)('builds on a %s copy', (state) => {
    const states = { offsite: state };
    const parent = snapshot({ resource: 'uploads', taken: '2026-11-15T03:00:05Z', targets: BOTH, states });
    expect(basisOf('incremental', [parent])).toMatchObject({ parentId: parent.id });
  });

  it.each(['condemned', 'corrupt'] as const)('does not build on a %s copy', (state) => {
    const damaged = snapshot({
      resource: 'uploads',
      taken: '2026-11-15T03:00:05Z',
      targets: BOTH,
      states: { offsite: state },
    });
    expect(basisOf('incremental', [damaged])).toMatchObject({
      mode: 'full',
      fallback: `${damaged.id} is not whole on offsite`,
    });
  });

  it('needs the whole chain below its parent on each target', () => {
    const damaged = snapshot({
      resource: 'uploads',
      taken: '2026-11-15T03:00:05Z',
      targets: BOTH,
      states: { local: 'corrupt' },
    });
    const child = snapshot({
      resource: 'uploads',
      mode: 'incremental',
      parent: damaged,
      taken: '2026-11-16T02:00:05Z',
      targets: BOTH,
    });
    expect(basisOf('incremental', [damaged, child])).toMatchObject({
      mode: 'full',
      fallback: `${child.id} is not whole on local`,
    });
    expect(basisOf('incremental', [child])).toMatchObject({ mode: 'full' });
  });

  it('becomes a full that says why', () => {
    expect(basisOf('incremental', [])).toMatchObject({
      mode: 'full',
      fallback: 'no good snapshot for an incremental to build on',
    });
    const bad = snapshot({ resource: 'uploads', taken: '2026-11-15T03:00:05Z', targets: BOTH, good: false });
    expect(basisOf('incremental', [bad])?.fallback).toBe('no good snapshot for an incremental to build on');
    const other = snapshot({
      resource: 'uploads',
      taken: '2026-11-15T03:00:05Z',
      targets: BOTH,
      record: { resourceType: 'sqlite' },
    });
    expect(basisOf('incremental', [other])?.fallback).toBe('the type of the resource has changed');
    const suspect = snapshot({ resource: 'uploads', taken: '2030-11-15T03:00:05Z', targets: BOTH });
    expect(basisOf('incremental', [suspect])?.fallback).toBe('the only snapshots are dated in the future');
  });

  it('never builds on what is no restore point', () => {
    const schema = snapshot({
      resource: 'uploads',
      mode: 'schema',
      taken: '2026-11-15T03:00:05Z',
      targets: BOTH,
    });
    expect(basisOf('incremental', [schema])).toMatchObject({ mode: 'full' });
  });

  it('ends where a chain bites its own tail', () => {
    const broken = {
      ...first,
      record: {
        ...first.record,
        chain: { ...first.record.chain, parent: { snapshotId: first.id, recordSha256: '00' } },
      },
    };
    expect(basisOf('incremental', [broken])).toMatchObject({ mode: 'full' });
  });
});

describe('a differential', () => {
  it('builds on the newest full, whatever came since', () => {
    expect(basisOf('differential', [full, first])).toMatchObject({ mode: 'differential', parentId: full.id });
  });
});
