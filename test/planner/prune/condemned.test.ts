import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, NOW_MS, snapshot } from '../builders.ts';
import { codes, condemned, ids, keepLast, mark, nightly, prune, target } from './rig.ts';

const nights = nightly(5);
const [first, second, ...newer] = nights as [(typeof nights)[0], (typeof nights)[0], ...typeof nights];
const over = mark({ markedMs: NOW_MS - DAY_MS });

describe('a chain that was condemned before', () => {
  it('waits while its grace runs, and frees no place for others', () => {
    const planned = prune({ snapshots: [condemned(first), second, ...newer], policy: keepLast(4) });
    expect(planned.waiting).toEqual([
      expect.objectContaining({ root: first.id, graceMs: DAY_MS, sweepAtMs: NOW_MS - HOUR_MS + DAY_MS }),
    ]);
    expect(planned).toMatchObject({ condemn: [], sweep: [], reprieve: [], refusals: [] });
  });

  it('is deleted once its grace is over', () => {
    const planned = prune({ snapshots: [condemned(first, [over]), second, ...newer], policy: keepLast(4) });
    expect(ids(planned.sweep)).toEqual([first.id]);
    expect(planned.sweep[0]?.graceMs).toBe(DAY_MS);
  });

  it.each([
    ['ahead', 4 * 60_000, 0],
    ['behind', -4 * 60_000, 1],
  ])('goes by the clock of the store: this machine is %s', (_, aheadMs, waiting) => {
    const storeNowMs = NOW_MS - aheadMs;
    const almost = mark({ markedMs: NOW_MS - DAY_MS + 1 });
    const planned = prune({
      snapshots: [condemned(first, [almost]), second, ...newer],
      policy: keepLast(4),
      input: { targets: { local: { leftovers: [], storeNowMs } } },
    });
    expect(planned.waiting).toHaveLength(1 - waiting);
    expect(planned.sweep).toHaveLength(waiting);
    if (waiting === 0) expect(planned.waiting[0]?.sweepAtMs).toBe(NOW_MS + 1 + aheadMs);
  });

  it('needs only one of several marks to be over', () => {
    const marks = [mark({ runId: 'late' }), over];
    const planned = prune({ snapshots: [condemned(first, marks), second, ...newer], policy: keepLast(4) });
    expect(ids(planned.sweep)).toEqual([first.id]);
  });

  it.each([
    ['retention keeps it now', first, keepLast(5)],
    ['it is pinned', { ...first, pinned: {} }, keepLast(4)],
  ])('is taken back when %s', (_, one, policy) => {
    const planned = prune({ snapshots: [condemned(one), second, ...newer], policy });
    expect(ids(planned.reprieve)).toEqual([first.id]);
    expect(planned).toMatchObject({ waiting: [], sweep: [], condemn: [] });
  });

  it('is taken back when what had replaced it turns out to be damaged', () => {
    const damaged = { ...newer[2]!, good: false, defect: 'checksum' };
    const snapshots = [condemned(first), second, ...newer.slice(0, 2), damaged];
    expect(ids(prune({ snapshots, policy: keepLast(4), resource: { schedules: [] } }).reprieve)).toEqual([
      first.id,
    ]);
  });

  it('is not taken back for what is damaged itself, and does not come and go', () => {
    const gone = condemned(first, [mark()], { unmarked: 'missing' });
    const planned = prune({ snapshots: [gone, second, ...newer], policy: keepLast(9) });
    expect(planned.reprieve).toEqual([]);
    expect(ids(planned.waiting)).toEqual([first.id]);
  });

  it.each([
    ['live', HOUR_MS, ['waiting']],
    ['dead', DAY_MS, ['reprieve']],
  ])('cannot be taken back from a sweep that is %s', (_, ageMs, expected) => {
    const sweep = mark({ runId: 'sweeper', intent: 'sweep', markedMs: NOW_MS - ageMs });
    const planned = prune({
      snapshots: [condemned({ ...first, pinned: {} }, [over, sweep]), second, ...newer],
      policy: keepLast(4),
    });
    const fates = (['waiting', 'reprieve', 'sweep', 'condemn'] as const).filter(
      (fate) => planned[fate].length > 0,
    );
    expect(fates).toEqual(expected);
  });

  it('is finished where a sweep under no grace was killed', () => {
    const dead = mark({ runId: 'killed', intent: 'sweep', graceMs: 0 });
    const snapshots = [condemned(first, [dead], { unmarked: 'missing' }), second, ...newer];
    expect(ids(prune({ snapshots, policy: keepLast(4) }).sweep)).toEqual([first.id]);
    const graced = prune({ snapshots, policy: keepLast(4, { graceMs: HOUR_MS }) });
    expect(ids(graced.condemn)).toEqual([first.id]);
  });

  it('is not counted again by the delete guard', () => {
    const snapshots = [condemned(first, [over]), condemned(second, [over]), ...newer];
    const planned = prune({ snapshots, policy: keepLast(2, { maxDelete: 0.1 }) });
    expect(ids(planned.sweep)).toEqual([first.id, second.id, newer[0]?.id]);
    expect(codes(planned)).toEqual([]);
  });

  it('goes also while the guard holds what is released now', () => {
    const snapshots = [condemned(first, [over]), second, ...newer];
    const planned = prune({ snapshots, policy: keepLast(1, { maxDelete: 0.1 }) });
    expect(ids(planned.sweep)).toEqual([first.id]);
    expect(codes(planned)).toEqual(['DELETE_GUARD']);
    expect(planned.refusals[0]?.held).toBe(3);
  });

  it('is not judged on targets where it is not condemned', () => {
    const both = nightly(3, { targets: ['local', 'offsite'] });
    const [old, ...rest] = both;
    const planned = prune({
      snapshots: [condemned(old!), ...rest],
      policy: keepLast(2),
      plan: { targets: { local: target('local'), offsite: target('offsite') } },
      catalog: { read: new Set(['offsite']) },
      input: { targets: { offsite: { leftovers: [] } } },
    });
    expect(ids(planned.sweep)).toEqual([old?.id]);
    expect(planned.waiting).toEqual([]);
  });
});

describe('a chain that was condemned in part', () => {
  const child = snapshot({
    resource: 'calls',
    mode: 'incremental',
    parent: first,
    taken: new Date(first.consistentAtMs + HOUR_MS).toISOString(),
  });
  const latest = snapshot({
    resource: 'calls',
    mode: 'incremental',
    parent: newer.at(-1)!,
    taken: new Date(NOW_MS - HOUR_MS).toISOString(),
  });
  const retention = { full: keepLast(4), incremental: keepLast(1) };
  const graced = { full: keepLast(4, { graceMs: HOUR_MS }), incremental: keepLast(1) };
  const orphan = { ...child, good: false, defect: 'its parent is not good' };
  const snapshots = [condemned(first, [over]), orphan, second, ...newer, latest];

  it('is marked again as a whole', () => {
    const planned = prune({ snapshots, resource: { retention: graced } });
    expect(ids(planned.condemn)).toEqual([first.id, child.id]);
    expect(planned.condemn[0]).toMatchObject({ graceMs: HOUR_MS, sweepAtMs: NOW_MS + HOUR_MS });
    expect(planned.waiting).toEqual([]);
  });

  it('goes at once where nothing needs a grace any more', () => {
    const planned = prune({ snapshots, resource: { retention } });
    expect(ids(planned.sweep)).toEqual([first.id, child.id]);
    expect(planned.sweep[0]?.graceMs).toBe(0);
  });

  it('waits for the mark that it has', () => {
    const waiting = [condemned(first), orphan, second, ...newer, latest];
    expect(ids(prune({ snapshots: waiting, resource: { retention } }).waiting)).toEqual([first.id, child.id]);
  });

  it('is not held by a member that was demoted', () => {
    const copies = child.copies.map((copy) => ({ ...copy, demoted: true as const }));
    const demoted = { ...orphan, copies };
    const wide = { full: keepLast(4), incremental: keepLast(2) };
    const world = (one: typeof child) => ({
      snapshots: [condemned(first, [over]), one, second, ...newer, latest],
      resource: { retention: wide },
    });
    expect(ids(prune(world(orphan)).reprieve)).toEqual([first.id, child.id]);
    expect(ids(prune(world(demoted)).sweep)).toEqual([first.id, child.id]);
  });
});
