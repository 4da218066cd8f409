import fc from 'fast-check';
import { expect, test } from 'vitest';

import { escapeJson, escapeLine, escapeLines } from '../../src/views/escape.ts';

test.each([
  ['plain ünïcödé 文字 👩‍👧', 'plain ünïcödé 文字 👩‍👧'],
  ['two\nlines\r\n', 'two\\nlines\\r\\n'],
  ['\u001b[2J\u001b]0;title\u0007', '\\e[2J\\e]0;title\\u{7}'],
  ['c1 \u009b31m', 'c1 \\u{9b}31m'],
  ['gpj.\u202egnp', 'gpj.\\u{202e}gnp'],
  ['a\u2066b\u2069', 'a\\u{2066}b\\u{2069}'],
  ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
  ['lone \ud800', 'lone \\u{d800}'],
])('%j is shown as %j', (text, shown) => {
  expect(escapeLine(text)).toBe(shown);
});

test('tool output keeps its lines and loses its tabs', () => {
  expect(escapeLines('a\tb  \r\n\u001b[1mc\n\n')).toEqual(['a    b', '\\e[1mc']);
});

test('whatever the text, nothing unsafe remains and JSON keeps its value', () => {
  // eslint-disable-next-line no-control-regex -- control characters are what must be gone
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeLine(text)).not.toMatch(unsafe);
      expect(escapeJson({ text })).not.toMatch(unsafe);
      expect(JSON.parse(escapeJson({ text }))).toEqual({ text });
    }),
  );
});
