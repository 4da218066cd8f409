import { expect, test } from 'vitest';

import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { FAILURE_KINDS } from '../../src/domain/failure.ts';

test.each(Object.entries(FAILURE_KINDS))('%s has an exit code of the table', (_, { exit }) => {
  expect(EXIT_CODES).toHaveProperty(String(exit));
});

test('no code is one that a shell or a signal gives a meaning of its own', () => {
  const codes = Object.keys(EXIT_CODES).map(Number);
  expect(codes.filter((code) => code >= 125 && code !== 130 && code !== 143)).toEqual([]);
});
