import { describe, expect, it } from 'vitest';
import { choose, type Wanted } from '../../../src/commands/restore/choose.ts';
import type { Ports } from '../../../src/commands/ports.ts';
import type { Workspace } from '../../../src/commands/workspace.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { EventRecord, Snapshot } from '../../../src/domain/snapshot.ts';

interface Sample {
  readonly id: string;
  readonly resource: string;
  readonly hour: number;
  readonly groupId?: string;
  readonly good?: boolean;
  readonly state?: string;
}

const ID = (number: number): string => `202611${String(number).padStart(2, '0')}t000000z-0000000000000000`;

function snapshot({ id, resource, hour, groupId, good = true, state = 'present' }: Sample): Snapshot {
  return {
    id,
    resource,
    mode: 'full',
    good,
    consistentAtMs: hour,
    copies: [{ target: 'disk', state }],
    record: {
      chain: {},
      resourceType: 'files',
      artifacts: [],
      ...(groupId === undefined ? {} : { groupId }),
    },
  } as unknown as Snapshot;
}

const history: readonly Sample[] = [
  { id: ID(1), resource: 'a', hour: 1, groupId: 'first' },
  { id: ID(2), resource: 'b', hour: 1, groupId: 'first' },
  { id: ID(3), resource: 'a', hour: 2, groupId: 'second' },
  { id: ID(4), resource: 'b', hour: 2, groupId: 'second', good: false },
  { id: ID(5), resource: 'a', hour: 3 },
  { id: ID(6), resource: 'c', hour: 1 },
  { id: ID(7), resource: 'c', hour: 3 },
  { id: ID(8), resource: 'c', hour: 4, good: false, state: 'condemned' },
];

const ports = {
  resourceTypes: new Map([['files', { type: 'files', restore: () => undefined, restorable: () => true }]]),
} as unknown as Ports;

function chosen(wanted: Wanted, samples = history): readonly string[] | string {
  const resource = (name: string, enabled = true): object => ({ name, enabled, options: {}, dependsOn: [] });
  const plan = {
    resources: {
      a: resource('a'),
      b: resource('b'),
      c: resource('c'),
      new: resource('new'),
      off: resource('off', false),
    },
    groups: { pair: { name: 'pair', members: ['a', 'b'] } },
  } as unknown as Plan;
  const gone = { event: 'gone', facts: { snapshotId: ID(9) } } as unknown as EventRecord;
  const catalog = { snapshots: samples.map(snapshot), events: [gone], problems: [], read: new Set() };
  const result = choose(ports, { plan, catalog } as unknown as Workspace, wanted);
  if (!result.ok) return result.failure.code;
  const ids = result.value.selections.map(({ snapshot: one }) => `${one.resource}:${one.id.slice(6, 8)}`);
  return [...ids, ...result.value.without.map((name) => `${name}:none`)].sort();
}

describe('what a restore chooses', () => {
  it('of a group is of one barrier, of which every member is good', () => {
    expect(chosen({ kind: 'group', group: 'pair' })).toEqual(['a:01', 'b:02']);
    expect(chosen({ kind: 'group', group: 'pair', atMs: 1 })).toEqual(['a:01', 'b:02']);
    expect(chosen({ kind: 'group', group: 'pair', atMs: 0 })).toBe('NOT_FOUND');
    expect(chosen({ kind: 'group', group: 'none' })).toBe('NOT_FOUND');
  });

  it('of all is each one at that time, members of a group from their barrier', () => {
    expect(chosen({ kind: 'all' })).toEqual(['a:01', 'b:02', 'c:07', 'new:none']);
    expect(chosen({ kind: 'all', atMs: 2 })).toEqual(['a:01', 'b:02', 'c:06', 'new:none']);
    expect(chosen({ kind: 'all', atMs: 0 })).toBe('NOT_FOUND');
  });

  it('of all is the newest of each member where they were never captured together', () => {
    const apart = history.filter(({ groupId }) => groupId !== 'first');
    expect(chosen({ kind: 'all' }, apart)).toEqual(['a:05', 'b:none', 'c:07', 'new:none']);
  });

  it('of one is what its reference says', () => {
    expect(chosen({ kind: 'one', reference: 'a' })).toEqual(['a:05']);
    expect(chosen({ kind: 'one', reference: `a@${ID(3)}` })).toEqual(['a:03']);
    expect(chosen({ kind: 'one', reference: 'new' })).toBe('NOT_FOUND');
  });

  it('is never what waits for its deletion, or was deleted', () => {
    expect(chosen({ kind: 'one', reference: `c@${ID(8)}` })).toBe('SNAPSHOT_CONDEMNED');
    expect(chosen({ kind: 'one', reference: `a@${ID(9)}` })).toBe('SNAPSHOT_PURGED');
  });
});
