import { expect, test } from 'vitest';

import { FAILURE_KINDS, failure, type FailureCode } from '../../src/domain/failure.ts';
import { failureLines } from '../../src/views/failure/human.ts';
import { failureDocument } from '../../src/views/failure/json.ts';
import { createStyle } from '../../src/views/style.ts';

const style = createStyle({ colour: false, unicode: true });
const CODES = Object.keys(FAILURE_KINDS) as FailureCode[];

test('code, message, hint and the words of the tool, all escaped', () => {
  const full = failure('SOURCE_FAILED', 'tar of "a\u001b[31m" ended with exit code 2', {
    hint: 'Check the\u202e disk.',
    toolOutput: 'tar: \u001b]0;x\u0007a: Cannot open\ntar: Exiting\n',
  });
  expect(failureLines(full, style)).toEqual([
    'error[BP6001] SOURCE_FAILED: tar of "a\\e[31m" ended with exit code 2',
    '  hint: Check the\\u{202e} disk.',
    '  | tar: \\e]0;x\\u{7}a: Cannot open',
    '  | tar: Exiting',
  ]);
});

test.each(CODES)('%s: without a hint of its own the remedy of the table is shown', (code) => {
  const { bp, remedy } = FAILURE_KINDS[code];
  expect(failureLines(failure(code, 'x', { toolOutput: ' \n' }), style)).toEqual([
    `error[${bp}] ${code}: x`,
    `  hint: ${remedy}`,
  ]);
  expect(failureDocument(failure(code, 'x'))).toEqual({ code, bp, message: 'x', hint: remedy });
});

test('the document keeps tool output and facts', () => {
  const full = failure('TARGET_FULL', 'no space', {
    hint: 'Buy disks.',
    toolOutput: 'e\n',
    facts: { freeBytes: 0 },
  });
  expect(failureDocument(full)).toEqual({ ...full, bp: 'BP5002' });
});
