import { describe, expect, it } from 'vitest';
import { hasRecovered } from '../../src/commands/converge/aftermath.ts';
import type { ResourceSummary } from '../../src/domain/run-report.ts';
import type { EventRecord } from '../../src/domain/snapshot.ts';

type State = 'succeeded' | 'failed';

function ran(minute: number, states: Readonly<Record<string, State>>): EventRecord {
  const resources = Object.entries(states).map(([resource, state]) => ({ resource, state, mode: 'full' }));
  const facts = { result: 'partial', planDigest: 'sha256:0', durationMs: 1, resources };
  return { event: 'run', at: new Date(minute * 60_000).toISOString(), facts } as unknown as EventRecord;
}

function now(...names: readonly string[]): readonly ResourceSummary[] {
  return names.map((resource) => ({
    resource,
    state: 'succeeded',
    mode: 'full',
    snapshotId: resource,
    targets: ['disk'],
    missing: [],
  }));
}

describe('whether a run is a recovery', () => {
  const history = [ran(1, { db: 'failed', files: 'succeeded' })];

  it('is one when what failed last time succeeds', () => {
    expect(hasRecovered(history, now('db'))).toBe(true);
  });

  it('is none when only others succeed while the failing one waits', () => {
    expect(hasRecovered(history, now('files'))).toBe(false);
  });

  it('is one even when a good run of others lies between', () => {
    expect(hasRecovered([...history, ran(2, { files: 'succeeded' })], now('db'))).toBe(true);
  });
});
