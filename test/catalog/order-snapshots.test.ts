import { describe, expect, it } from 'vitest';
import { orderSnapshots } from '../../src/catalog/order-snapshots.ts';
import type { Copy, Snapshot } from '../../src/domain/snapshot.ts';

/** A copy with this digest, whose record names those. */
function copy(recordSha256: string, parents: readonly string[] = []): Copy {
  return { target: 'any', state: 'present', recordSha256, record: { parents, chain: {} } } as unknown as Copy;
}

function snapshot(id: string, consistentAtMs: number, ...copies: readonly Copy[]): Snapshot {
  return { id, consistentAtMs, copies } as unknown as Snapshot;
}

function order(...snapshots: readonly Snapshot[]): readonly string[] {
  return orderSnapshots(snapshots).map(({ id }) => id);
}

describe('the order of snapshots', () => {
  it('puts each after all that it names, whatever the clocks said', () => {
    const names = snapshot('c', 1, copy('c1', ['a1', 'b1']));
    expect(order(names, snapshot('b', 3, copy('b1', ['a1'])), snapshot('a', 9, copy('a1')))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('comes to an end where copies that were made later name each other in a circle', () => {
    const first = snapshot('a', 1, copy('a1'), copy('a2', ['b2']));
    const second = snapshot('b', 2, copy('b1', ['a1']), copy('b2', ['a1']));
    const third = snapshot('c', 3, copy('c1', ['a2', 'b1']));
    expect(order(third, second, first).at(-1)).toBe('c');
    expect(order(first, second)).toHaveLength(2);
  });
});
