import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSnapshotId,
  isUlid,
  newIdentity,
  newRunId,
  newSnapshotId,
  timeOfSnapshotId,
  timeOfUlid,
} from '../../src/catalog/ids.ts';

const time = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59Z') });

describe('snapshot ids', () => {
  it('hold their second', () => {
    fc.assert(
      fc.property(time, (atMs) => {
        expect(timeOfSnapshotId(newSnapshotId(atMs))).toBe(Math.floor(atMs / 1000) * 1000);
      }),
    );
  });

  it('sort by time', () => {
    fc.assert(
      fc.property(time, time, (left, right) => {
        fc.pre(Math.abs(left - right) >= 1000);
        expect(newSnapshotId(left) < newSnapshotId(right)).toBe(left < right);
      }),
    );
  });

  it('never repeat in the same second', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newSnapshotId(0))).size).toBe(10_000);
  });

  it.each([
    '20261121t020000z',
    '20260230t020000z-0123456789abcdef',
    '20261121t250000z-0123456789abcdef',
    '20261121t020000z-0123456789abcdeu',
  ])('are not %s', (text) => expect(isSnapshotId(text)).toBe(false));
});

describe('run ids', () => {
  it('hold their millisecond and sort by it', () => {
    fc.assert(
      fc.property(time, time, (left, right) => {
        const [one, other] = [newRunId(left), newRunId(right)];
        expect(timeOfUlid(one)).toBe(left);
        if (left !== right) expect(one < other).toBe(left < right);
      }),
    );
  });

  it('are ulids in lower case', () => {
    expect(newRunId(Date.parse('2026-11-21T02:00:00Z'))).toMatch(/^01[0-9a-hjkmnp-tv-z]{24}$/);
    expect(isUlid('01JD0000000000000000000000')).toBe(false);
    expect(timeOfUlid('notes')).toBeUndefined();
  });

  it('need a time that exists', () => {
    expect(() => newRunId(-1)).toThrow(RangeError);
    expect(() => newRunId(NaN)).toThrow(RangeError);
  });
});

it('identities are 80 random bits', () => {
  expect(newIdentity()).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
  expect(newIdentity()).not.toBe(newIdentity());
});
