import { describe, expect, it } from 'vitest';
import { CopyChoice } from '../../../src/commands/restore/copies.ts';
import type { RestoreTools, Selection, ThawOrder } from '../../../src/commands/restore/request.ts';
import { thaw } from '../../../src/commands/restore/thaw.ts';
import { failure } from '../../../src/domain/failure.ts';
import { ok } from '../../../src/domain/result.ts';
import type { CopyState } from '../../../src/domain/snapshot.ts';
import { snapshot, plan } from '../../planner/builders.ts';
import { target } from '../../planner/prune/rig.ts';
import { manualTime } from '../../support/manual-time.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { drive } from '../../transfer/rig.ts';

const HOUR_MS = 3_600_000;

/** A snapshot with one copy on each target, and stores that need some time to thaw. */
function scene(states: Readonly<Record<string, CopyState>>, thawedAfterMs = 5 * HOUR_MS) {
  const time = manualTime();
  const asked: string[] = [];
  const names = Object.keys(states);
  const one = snapshot({ resource: 'app', taken: '2026-11-21T02:00:00Z', targets: names, states });
  const repositories = new Map(
    names.map((name) => [
      name,
      {
        target: {
          name,
          capabilities: { staging: name === 'local' },
          thaw: (key: string) => {
            asked.push(`${name}:${key}`);
            const leftMs = thawedAfterMs - time.clock.monotonicMs();
            return Promise.resolve(
              ok(leftMs > 0 ? { state: 'thawing', etaMs: leftMs } : { state: 'readable' }),
            );
          },
        },
      },
    ]),
  );
  const targets = Object.fromEntries(names.map((name) => [name, target(name, { offsite: name === 'far' })]));
  const workspace = { plan: plan([], [], { targets }), repositories, closed: new Map() };
  const tools = { ports: { timers: time.timers }, workspace } as unknown as RestoreTools;
  const selections = [{ snapshot: one, chain: [one] }] as unknown as readonly Selection[];
  const notes: string[] = [];
  const ask = (order?: ThawOrder, signal = new AbortController().signal) => {
    const request = {
      only: [],
      map: [],
      numericOwner: false,
      signal,
      note: (text: string) => notes.push(text),
    };
    return thaw(tools, { selections, request: { ...request, ...(order && { thaw: order }) } });
  };
  return { time, asked, one, tools, notes, ask };
}

describe('which copy is read', () => {
  const chosen = (states: Readonly<Record<string, CopyState>>, preferred?: string) => {
    const { tools, one } = scene(states);
    return valueOf(new CopyChoice(tools.workspace).choose([one], preferred))[0]?.target;
  };

  it('is the nearest one that can be read', () => {
    expect(chosen({ far: 'present', nas: 'present', local: 'present' })).toBe('local');
    expect(chosen({ far: 'present', nas: 'present', local: 'corrupt' })).toBe('nas');
    expect(chosen({ far: 'present', nas: 'archived', local: 'missing' })).toBe('far');
    expect(chosen({ far: 'archived', nas: 'missing' })).toBe('far');
  });

  it('is the one that was asked for', () => {
    expect(chosen({ far: 'present', local: 'present' }, 'far')).toBe('far');
  });

  it('is another one after any failure of the first', () => {
    const { tools, one } = scene({ far: 'present', local: 'present' });
    const choice = new CopyChoice(tools.workspace);
    const [first] = valueOf(choice.choose([one]));
    expect(first && choice.reject(one, first, failure('TARGET_TIMEOUT', 'silent'))).toBe(true);
    const [second] = valueOf(choice.choose([one]));
    expect(second?.target).toBe('far');
    expect(second && choice.reject(one, second, failure('CORRUPT', 'damaged'))).toBe(false);
    expect(failureIn(choice.choose([one])).message).toMatch(/: local: silent; far: damaged$/);
  });
});

describe('thawing', () => {
  it('asks for every object once and says how long it may take', async () => {
    const { ask, asked, one } = scene({ far: 'archived' });
    const failed = failureIn(await ask({ tier: 'bulk', wait: false }));
    expect(failed).toMatchObject({ code: 'ARCHIVED', facts: { targets: ['far'], etaMs: 5 * HOUR_MS } });
    expect(failed.message).toMatch(/on far are being thawed, which may take 5h$/);
    expect(asked).toEqual([...one.record.artifacts, one.record.index].map(({ key }) => `far:${key}`));
  });

  it('waits where it is told to, and then goes on', async () => {
    const { ask, time, notes } = scene({ far: 'archived' });
    valueOf(await drive(time, ask({ tier: 'standard', wait: true })));
    expect(time.clock.monotonicMs()).toBe(5 * HOUR_MS);
    expect(notes).toHaveLength(1);
  });

  it('ends with whoever waits', async () => {
    const controller = new AbortController();
    const { ask, time } = scene({ far: 'archived' });
    const waiting = ask({ tier: 'standard', wait: true }, controller.signal);
    while (time.pending().length === 0) await new Promise(setImmediate);
    controller.abort();
    expect(failureIn(await waiting).code).toBe('INTERRUPTED');
  });

  it('asks for nothing where another copy can be read, or nobody asked', async () => {
    const readable = scene({ far: 'archived', local: 'present' });
    valueOf(await readable.ask({ tier: 'bulk', wait: false }));
    const unasked = scene({ far: 'archived' });
    valueOf(await unasked.ask());
    expect([...readable.asked, ...unasked.asked]).toEqual([]);
  });
});
