import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceBetween, nearest } from '../../src/config/schema-errors/nearest.ts';

describe('the distance between two words', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['bukcet', 'bucket', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['path', 'paths', 1],
  ])('%j and %j: %d', (a, b, distance) => {
    expect(distanceBetween(a, b)).toBe(distance);
  });

  it('is symmetric, zero only for equal words, and never more than the longer one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = distanceBetween(a, b);
        expect(distance).toBe(distanceBetween(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('the nearest word', () => {
  it.each([
    ['nightyl', ['nightly', 'weekly'], 'nightly'],
    ['pth', ['path', 'type'], 'path'],
    ['TYPE', ['path', 'type'], 'type'],
    ['frobnicate', ['path', 'type'], undefined],
    ['x', ['y'], undefined],
    ['any', [], undefined],
  ])('for %s among %j is %s', (text, candidates, expected) => {
    expect(nearest(text, candidates)).toBe(expected);
  });
});
