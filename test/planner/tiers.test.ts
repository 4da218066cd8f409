import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, RetentionKeep, RetentionPolicy } from '../../src/domain/plan.ts';
import type { Catalog, Copy, EventRecord, Snapshot } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { planPrune } from '../../src/planner/prune/plan-prune.ts';
import { ticksBetween } from '../../src/schedule/ticks.ts';
import { at, catalog, DAY_MS, input, plan, POLICY, resource, snapshot } from './builders.ts';
import { event, target } from './prune/rig.ts';

const START_MS = Date.parse('2026-09-01T02:00:05Z');
const NAMES = ['local', 'offsite'];
type Night = 'well' | 'offsite away' | 'damaged';

interface Tiers {
  readonly cron: string;
  readonly local: RetentionKeep;
  readonly offsite: RetentionKeep;
  readonly nights: readonly Night[];
}

interface Place {
  readonly there: readonly Snapshot[];
  readonly gone: readonly EventRecord[];
  /** Ids of whatever was ever copied offsite. */
  readonly ever: ReadonlySet<string>;
}

function planOf({ cron, local, offsite }: Tiers): Plan {
  const policy = (keep: RetentionKeep): RetentionPolicy => ({ ...POLICY, keep, minimum: 1, maxDelete: 1 });
  const calls = resource('calls', {
    targets: { full: NAMES },
    retention: { full: policy(local) },
    edges: { offsite: { schedule: { cron, timezone: 'UTC' }, retention: policy(offsite) } },
    schedules: [at('full', '0 2 * * *')],
  });
  const targets = { local: target('local'), offsite: target('offsite', { offsite: true }) };
  return plan([calls], [], { targets });
}

function catalogOf({ there, gone }: Place, read: readonly string[]): Catalog {
  const pruned = new Map(NAMES.map((name) => [name, new Set<string>()]));
  for (const { targetId, facts } of gone)
    pruned.get(targetId)?.add((facts as { snapshotId: string }).snapshotId);
  const stores = new Map(NAMES.map((name) => [name, { targetId: name, capabilities: {} }]));
  const seen = there.filter(({ copies }) => copies.some((copy) => read.includes(copy.target)));
  return catalog(seen, {
    read: new Set(read),
    events: gone,
    pruned,
    stores: stores as unknown as NonNullable<Catalog['stores']>,
  });
}

/** An apply: the backup of the night, copies that are missing, then what retention releases. */
function night(before: Place, from: Plan, { nowMs, how }: { nowMs: number; how: Night }): Place {
  const read = how === 'offsite away' ? ['local'] : NAMES;
  const newSnapshotId = () => `${stampOf(nowMs)}z-0123456789abcdef`;
  const known = catalogOf(before, read);
  const { graph, copies } = planRun(input(from, { catalog: known, nowMs, newSnapshotId }));
  const tasks = graph.steps.flatMap(({ action }) => (action.kind === 'capture' ? [action.task] : []));
  const taken = tasks.map(({ snapshotId, targets }) => {
    const one = snapshot({
      resource: 'calls',
      taken: new Date(nowMs).toISOString(),
      targets: targets.filter((name) => read.includes(name)),
      good: how !== 'damaged',
      ...(how === 'damaged' ? { states: { local: 'corrupt', offsite: 'corrupt' } } : {}),
    });
    return {
      ...one,
      id: snapshotId,
      record: { ...one.record, chain: { mode: 'full' as const, root: snapshotId, level: 0 } },
    };
  });
  const made = new Set(copies.map(({ snapshotId }) => snapshotId));
  const copied = before.there.map((one) => {
    const copy: Copy | undefined = one.copies[0] && { ...one.copies[0], target: 'offsite' };
    return made.has(one.id) && copy !== undefined ? { ...one, copies: [...one.copies, copy] } : one;
  });
  const there = [...copied, ...taken];
  const away = there.filter(({ copies: all }) => all.some((copy) => copy.target === 'offsite'));
  return pruned(
    { ...before, there, ever: new Set([...before.ever, ...away.map(({ id }) => id)]) },
    from,
    read,
    nowMs,
  );
}

function pruned(before: Place, from: Plan, read: readonly string[], nowMs: number): Place {
  const targets = Object.fromEntries(read.map((name) => [name, { leftovers: [] }]));
  const planned = planPrune({ kind: 'prune', plan: from, catalog: catalogOf(before, read), targets, nowMs });
  const swept = planned.targets.flatMap(({ target: name, sweep }) =>
    sweep.flatMap(({ members }) => members.map(({ snapshotId }) => ({ name, snapshotId }))),
  );
  const isGone = (id: string, name: string) =>
    swept.some((one) => one.name === name && one.snapshotId === id);
  const there = before.there
    .map((one) => ({ ...one, copies: one.copies.filter((copy) => !isGone(one.id, copy.target)) }))
    .filter(({ copies }) => copies.length > 0);
  const gone = swept.map(({ name, snapshotId }) => ({
    ...event('gone', { snapshotId, resource: 'calls', recordSha256: '00' }, nowMs),
    targetId: name,
  }));
  return { ...before, there, gone: [...before.gone, ...gone] };
}

function stampOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase();
}

function live(tiers: Tiers): Place {
  const from = planOf(tiers);
  return tiers.nights.reduce<Place>(
    (place, how, index) => night(place, from, { nowMs: START_MS + index * DAY_MS, how }),
    { there: [], gone: [], ever: new Set() },
  );
}

const keep = fc.oneof(
  fc.record({ last: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ daily: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ weekly: fc.integer({ min: 1, max: 6 }), daily: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ withinMs: fc.integer({ min: 1, max: 40 }).map((days) => days * DAY_MS) }),
);
const lives = fc.record({
  cron: fc.constantFrom('0 3 * * 0', '0 1 * * 3', '0 3 1 * *', '0 12 */5 * *'),
  local: keep,
  offsite: keep,
  nights: fc.array(fc.constantFrom<Night>('well', 'well', 'well', 'offsite away'), {
    minLength: 25,
    maxLength: 45,
  }),
});

const momentOf = (id: string): number =>
  Date.parse(id.slice(0, 15).replace(/^(....)(..)(..)t(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));

/** What was ever sent offsite, by the tick before it. */
function byTick({ ever }: Place, { cron, nights }: Tiers): ReadonlyMap<number, readonly string[]> {
  const endMs = START_MS + nights.length * DAY_MS;
  const ticks = [0, ...ticksBetween({ cron, timezone: 'UTC' }, START_MS, endMs)];
  const found = new Map<number, string[]>();
  for (const id of ever) {
    const tick = ticks.findLast((one) => one <= momentOf(id)) ?? 0;
    found.set(tick, [...(found.get(tick) ?? []), id]);
  }
  return found;
}

describe('weeks of nights with two tiers', () => {
  it('never send more than one offsite for one tick, whatever fails and whatever retention releases', () => {
    fc.assert(
      fc.property(lives, (tiers) => {
        for (const ids of byTick(live(tiers), tiers).values()) expect(ids).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });

  it('send the first after every tick, sooner or later, while it is kept where it is', () => {
    fc.assert(
      fc.property(lives, (some) => {
        const forever = { withinMs: 400 * DAY_MS };
        const tiers: Tiers = { ...some, local: forever, offsite: forever, nights: [...some.nights, 'well'] };
        const place = live(tiers);
        const endMs = START_MS + tiers.nights.length * DAY_MS;
        const ticks = [...ticksBetween({ cron: tiers.cron, timezone: 'UTC' }, START_MS, endMs - DAY_MS)];
        const sent = byTick(place, tiers);
        for (const tick of ticks) {
          const [id = ''] = sent.get(tick) ?? [];
          expect(momentOf(id) - tick, new Date(tick).toISOString()).toBeLessThanOrEqual(DAY_MS);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('send the next one too where the first turned out damaged', () => {
    const nights: Night[] = [...Array<Night>(6).fill('well'), 'damaged', 'well', 'well'];
    const forever = { withinMs: 400 * DAY_MS };
    const tiers: Tiers = { cron: '0 3 * * 0', local: forever, offsite: forever, nights };
    expect([...live(tiers).ever].map((id) => id.slice(0, 8))).toEqual(['20260901', '20260907', '20260908']);
  });
});
