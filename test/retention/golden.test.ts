import { describe, expect, it } from 'vitest';
import { applyRetention, type RetentionInput } from '../../src/retention/apply-retention.ts';
import { policy, snapshots, type Facts } from './histories.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.parse('2026-11-21T04:30:00Z');
const STANDARD = policy({ last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 7, withinMs: 2 * DAY_MS }, 2);

/** One line per snapshot, newest first: what it is, what happens to it, why. */
function table(
  facts: readonly Facts[],
  rest: Pick<RetentionInput, 'policies'> & Partial<RetentionInput>,
): string {
  const history = snapshots(facts);
  const { keep, remove } = applyRetention({ timezone: 'UTC', nowMs: NOW_MS, ...rest, snapshots: history });
  const reasons = new Map(keep.map(({ id, reasons: why }) => [id, why.join(', ')]));
  const lines = history
    .sort((a, b) => b.consistentAtMs - a.consistentAtMs)
    .map(
      ({ id, mode }) =>
        `${id}  ${mode.padEnd(11)}  ${remove.includes(id) ? 'remove' : `keep    ${reasons.get(id) ?? ''}`}`,
    );
  return `keep ${String(keep.length)}, remove ${String(remove.length)}\n\n${lines.join('\n')}\n`;
}

function ticks(
  fromIso: string,
  everyMs: number,
  make: (iso: string, atMs: number) => Partial<Facts> = () => ({}),
): Facts[] {
  const facts: Facts[] = [];
  for (let at = Date.parse(fromIso); at <= NOW_MS; at += everyMs) {
    const iso = new Date(at).toISOString().slice(0, 16);
    facts.push({ id: iso, at, ...make(iso, at) });
  }
  return facts;
}

describe('retention tables', () => {
  it('nightly fulls for eleven weeks', async () => {
    const text = table(ticks('2026-09-05T02:00Z', DAY_MS), { policies: { full: STANDARD } });
    await expect(text).toMatchFileSnapshot('golden/nightly-fulls.txt');
  });

  it('monthly for ten years', async () => {
    const text = table(ticks('2016-11-21T02:00Z', 30 * DAY_MS), { policies: { full: STANDARD } });
    await expect(text).toMatchFileSnapshot('golden/monthly-decade.txt');
  });

  it('weekly fulls with nightly incrementals on them', async () => {
    let parent = '';
    const chain = ticks('2026-10-04T03:00Z', DAY_MS, (iso, atMs) => {
      const isFull = new Date(atMs).getUTCDay() === 0;
      const facts: Partial<Facts> = isFull ? { mode: 'full' } : { mode: 'incremental', parent };
      parent = iso;
      return facts;
    });
    const policies = { full: policy({ weekly: 3 }, 2), incremental: policy({ daily: 9 }, 2) };
    await expect(table(chain, { policies })).toMatchFileSnapshot('golden/chains.txt');
  });

  it('every two hours across the end of summer time in Berlin', async () => {
    const facts = ticks('2026-10-24T00:00Z', 2 * HOUR_MS).slice(0, 24);
    const rest = {
      policies: { full: policy({ hourly: 4, daily: 3 }) },
      timezone: 'Europe/Berlin',
      nowMs: Date.parse('2026-10-25T23:00Z'),
    };
    await expect(table(facts, rest)).toMatchFileSnapshot('golden/end-of-summer-time.txt');
  });

  it('nothing new for a year, the newest damaged', async () => {
    const facts = ticks('2025-10-01T02:00Z', DAY_MS).slice(0, 20);
    const damaged = facts.map((one, index) =>
      index >= 17 ? { ...one, defect: 'checksum differs on local' } : one,
    );
    const text = table(damaged, { policies: { full: policy({ withinMs: 30 * DAY_MS }, 2) } });
    await expect(text).toMatchFileSnapshot('golden/all-older-than-the-window.txt');
  });
});
