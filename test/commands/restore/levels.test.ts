import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelsOf } from '../../../src/commands/restore/in-place/levels.ts';

const graph: Readonly<Record<string, readonly string[]>> = {
  app: ['db', 'absent'],
  db: ['disk'],
  web: ['app'],
};

describe('the order in which several resources are restored', () => {
  it('puts what others depend on first, and leaves out what is not restored', () => {
    expect(levelsOf(['web', 'app', 'db'], (name) => graph[name] ?? [])).toEqual([['db'], ['app'], ['web']]);
  });

  it('keeps what is independent together', () => {
    expect(levelsOf(['a', 'b'], () => [])).toEqual([['a', 'b']]);
  });

  it('comes to an end and forgets nobody, whatever depends on what', () => {
    const names = ['a', 'b', 'c', 'd'];
    const edges = fc.record({
      a: fc.subarray(names),
      b: fc.subarray(names),
      c: fc.subarray(names),
      d: fc.subarray(names),
    });
    fc.assert(
      fc.property(edges, (needs) => {
        const levels = levelsOf(names, (name) => needs[name as keyof typeof needs]);
        expect(levels.flat().sort()).toEqual(names);
      }),
    );
  });
});
