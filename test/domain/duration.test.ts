import { expect, it } from 'vitest';
import { formatDuration } from '../../src/domain/duration.ts';

it.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_999, '59m'],
  [3_600_000, '1h'],
  [91_080_000, '25h 18m'],
  [172_799_999, '47h 59m'],
  [172_800_000, '2d'],
  [1_051_200_000, '12d 4h'],
])('%d ms is %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
