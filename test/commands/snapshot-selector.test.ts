import { describe, expect, it } from 'vitest';
import { chainOf, parseSnapshotReference, selectSnapshot } from '../../src/commands/snapshot-selector.ts';
import type { Mode } from '../../src/domain/mode.ts';
import type { Catalog, Snapshot } from '../../src/domain/snapshot.ts';
import { failureIn, valueOf } from '../support/results.ts';

interface Sample {
  readonly id: string;
  readonly at: string;
  readonly mode?: Mode;
  readonly good?: boolean;
  readonly label?: string;
  readonly parent?: string;
}

function snapshot({ id, at, mode = 'full', good = true, label, parent }: Sample): Snapshot {
  const chain = parent === undefined ? {} : { parent: { snapshotId: parent, recordSha256: '' } };
  return {
    id: `${id}-0000000000000000`,
    resource: 'calls',
    mode,
    good,
    consistentAtMs: Date.parse(at),
    record: { label, chain },
  } as unknown as Snapshot;
}

function catalogOf(...snapshots: readonly Snapshot[]): Catalog {
  return { snapshots, problems: [], events: [], read: new Set() };
}

const first = snapshot({ id: '20261101t000000z', at: '2026-11-01T00:00:00Z', label: 'deploy-1' });
const second = snapshot({
  id: '20261102t000000z',
  at: '2026-11-02T00:00:00Z',
  mode: 'incremental',
  parent: first.id,
});
const broken = snapshot({ id: '20261103t000000z', at: '2026-11-03T00:00:00Z', good: false });
const schema = snapshot({ id: '20261104t000000z', at: '2026-11-04T00:00:00Z', mode: 'schema' });
const catalog = catalogOf(first, second, broken, schema);

function select(text: string): Snapshot | string {
  const selected = selectSnapshot(catalog, valueOf(parseSnapshotReference(text)));
  return selected.ok ? selected.value : selected.failure.code;
}

it('never means one that is dated in the future, unless it is named', () => {
  const ahead = snapshot({ id: '20990101t000000z', at: '2099-01-01T00:00:00Z' });
  const read = { ...catalogOf(first, ahead), readMs: Date.parse('2026-11-01T00:00:00Z') };
  for (const [text, expected] of [
    ['calls', first],
    ['calls@2099-06-01', first],
    [`calls@${ahead.id}`, ahead],
  ] as const)
    expect(valueOf(selectSnapshot(read, valueOf(parseSnapshotReference(text)))), text).toBe(expected);
});

it('never means what a restore saved before it replaced it, unless it is named', () => {
  const label = 'before-01m8qzhyarz05mc9pdgzfkdkqa';
  const saved = snapshot({ id: '20261105t000000z', at: '2026-11-05T00:00:00Z', label });
  const own = snapshot({ id: '20261106t000000z', at: '2026-11-06T00:00:00Z', label: 'before-migration' });
  const meant = (text: string, ...snapshots: readonly Snapshot[]) =>
    valueOf(selectSnapshot(catalogOf(...snapshots), valueOf(parseSnapshotReference(text))));
  expect(meant('calls', second, saved)).toBe(second);
  expect(meant('calls@2026-11-07', second, saved)).toBe(second);
  expect(meant(`calls@label:${label}`, second, saved)).toBe(saved);
  expect(meant(`calls@${saved.id}`, second, saved)).toBe(saved);
  expect(meant('calls', second, saved, own)).toBe(own);
});

describe('which snapshot a reference means', () => {
  it.each([
    ['calls', second],
    ['calls@latest', second],
    ['calls@2026-11-01T12:00Z', first],
    ['calls@2026-11-02T00:00:00Z', second],
    ['calls@2026-11-30', second],
    ['calls@label:deploy-1', first],
    [`calls@${broken.id}`, broken],
    [`calls@${schema.id}`, schema],
  ])('%s', (text, expected) => {
    expect(select(text)).toBe(expected);
  });

  it.each(['calls@2026-10-31', 'calls@label:deploy-2', 'other', 'calls@20261105t000000z-0000000000000000'])(
    '%s is nothing',
    (text) => {
      expect(select(text)).toBe('NOT_FOUND');
    },
  );

  it.each(['', '@latest', 'calls@', 'calls@yesterday', 'calls@12'])('refuses "%s"', (text) => {
    expect(failureIn(parseSnapshotReference(text)).code).toBe('USAGE');
  });
});

describe('the chain of a snapshot', () => {
  it('starts with the full', () => {
    expect(valueOf(chainOf(catalog, second))).toEqual([first, second]);
  });

  it('is a gap where a member is gone', () => {
    expect(failureIn(chainOf(catalogOf(second), second)).code).toBe('CATALOG_GAP');
  });

  it('is a gap where it bites its own tail', () => {
    const a = snapshot({ id: '20261101t000000z', at: '2026-11-01T00:00:00Z', parent: second.id });
    expect(failureIn(chainOf(catalogOf(a, second), second)).code).toBe('CATALOG_GAP');
  });
});
