import { expect, test } from 'vitest';

import { formatBytes } from '../../src/domain/size.ts';
import { counted, humanDuration } from '../../src/views/quantity.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 KiB'],
  [1_023, '1.0 KiB'],
  [3_250_586, '3.1 MiB'],
  [10_485_759, '10 MiB'],
  [134_217_728, '128 MiB'],
  [1_047_527_424, '999 MiB'],
  [1_072_693_248, '1.0 GiB'],
  [2 ** 50 * 5_000, '5000 PiB'],
])('%i bytes are %s', (bytes, shown) => {
  expect(formatBytes(bytes)).toBe(shown);
});

test.each([
  [0.4, '0 ms'],
  [41, '41 ms'],
  [999.9, '999 ms'],
  [3_249, '3.2 s'],
  [59_999, '59.9 s'],
  [60_000, '1m'],
  [90_000, '1m 30s'],
  [3_599_999, '59m 59s'],
  [7_200_000, '2h'],
  [91_080_000, '25h 18m'],
  [12 * 86_400_000 + 4 * 3_600_000, '12d 4h'],
])('%i ms are %s', (durationMs, shown) => {
  expect(humanDuration(durationMs)).toBe(shown);
});

test('nouns agree with their number', () => {
  expect([0, 1, 2].map((count) => counted(count, 'step'))).toEqual(['0 steps', '1 step', '2 steps']);
});
