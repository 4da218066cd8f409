import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycle, sortTopologically, type DagNode } from '../../src/graph/dag.ts';
import { orderingCycle } from '../../src/graph/ordering-cycle.ts';
import { shapeOf } from '../../src/graph/shape.ts';

const node = (id: string, ...needs: string[]): DagNode => ({ id, needs });

function orderOf(nodes: readonly DagNode[]): string[] {
  const sorted = sortTopologically(nodes);
  if (!sorted.sorted) throw new Error(sorted.cycle.join(' '));
  return sorted.order.map(({ id }) => id);
}

describe('sortTopologically', () => {
  it('puts needs first and keeps the given order otherwise', () => {
    expect(orderOf([node('c', 'a'), node('b'), node('a')])).toEqual(['b', 'a', 'c']);
    expect(orderOf([node('a'), node('b'), node('c')])).toEqual(['a', 'b', 'c']);
  });

  it('counts a need that is named twice once, and ignores names that are no nodes', () => {
    expect(orderOf([node('b', 'a', 'a', 'ghost'), node('a')])).toEqual(['a', 'b']);
  });

  it('names the path of a cycle and not the way to it', () => {
    expect(
      findCycle([node('tail', 'a'), node('a', 'b'), node('b', 'c'), node('c', 'a'), node('free')]),
    ).toEqual(['a', 'b', 'c', 'a']);
    expect(findCycle([node('a', 'a')])).toEqual(['a', 'a']);
    expect(findCycle([node('a', 'b'), node('b')])).toBeUndefined();
  });

  const edges = fc.array(fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 11 })), { maxLength: 30 });
  const toNodes = (pairs: readonly (readonly [number, number])[]) =>
    Array.from({ length: 12 }, (_, id) =>
      node(String(id), ...pairs.filter(([from]) => from === id).map(([, to]) => String(to))),
    );

  it('sorts, or shows a cycle that is one', () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const nodes = toNodes(pairs);
        const sorted = sortTopologically(nodes);
        if (sorted.sorted) {
          const places = new Map(sorted.order.map(({ id }, place) => [id, place]));
          expect(places.size).toBe(12);
          for (const [from, to] of pairs)
            expect(places.get(String(to))).toBeLessThan(places.get(String(from)) ?? -1);
        } else {
          expect(sorted.cycle.length).toBeGreaterThan(1);
          expect(sorted.cycle.at(-1)).toBe(sorted.cycle[0]);
          expect(new Set(sorted.cycle).size).toBe(sorted.cycle.length - 1);
          for (const [index, id] of sorted.cycle.slice(0, -1).entries()) {
            expect(nodes.find((one) => one.id === id)?.needs).toContain(sorted.cycle[index + 1]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes a chain of 10,000 without a deep stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => node(String(index), String(index + 1)));
    expect(orderOf(chain)[0]).toBe('9999');
    expect(findCycle([...chain, node('10000', '0')])).toHaveLength(10_002);
  });
});

describe('shapeOf', () => {
  it('measures length and width', () => {
    const shape = shapeOf([node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c'), node('e')]);
    expect(shape).toMatchObject({ length: 3, width: 2 });
    expect([...shape.depths.entries()].sort()).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 1],
      ['d', 2],
      ['e', 0],
    ]);
  });

  it('is nothing for no nodes, and refuses a cycle', () => {
    expect(shapeOf([])).toMatchObject({ length: 0, width: 0 });
    expect(() => shapeOf([node('a', 'b'), node('b', 'a')])).toThrow('a → b → a');
  });
});

describe('orderingCycle', () => {
  const resource = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

  it('finds cycles among resources', () => {
    expect(orderingCycle([resource('a', 'b'), resource('b', 'a')], [])).toEqual(['a', 'b', 'a']);
    expect(orderingCycle([resource('a', 'b'), resource('b')], [])).toBeUndefined();
  });

  it('finds the way out of a barrier and back', () => {
    const resources = [resource('a', 'x'), resource('b'), resource('x', 'b')];
    const group = { name: 'app', members: ['a', 'b'] };
    expect(orderingCycle(resources, [])).toBeUndefined();
    expect(orderingCycle(resources, [group])).toEqual(['group app', 'x', 'group app']);
  });

  it('allows an order inside a group', () => {
    expect(
      orderingCycle([resource('a', 'b'), resource('b')], [{ name: 'app', members: ['a', 'b'] }]),
    ).toBeUndefined();
  });
});
