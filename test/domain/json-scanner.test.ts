import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createJsonScanner } from '../../src/domain/json-scanner.ts';

function scan(bytes: Buffer | string, chunkSize = 7): string | undefined {
  const scanner = createJsonScanner();
  const whole = Buffer.from(bytes);
  for (let at = 0; at < whole.length; at += chunkSize) scanner.push(whole.subarray(at, at + chunkSize));
  return scanner.finish();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('agrees with JSON.parse', () => {
  test('on every JSON text, however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, chunkSize) => {
        expect(scan(text, chunkSize)).toBeUndefined();
      }),
    );
  });

  test('on every beginning of a JSON text', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const cut = text.slice(0, at % (text.length + 1));
        expect(scan(cut) === undefined).toBe(isJson(cut));
      }),
    );
  });

  test('on texts with one character changed', () => {
    const character = fc.constantFrom(...Array.from('{}[]",:\\ \t\n0123456789-+.eEtrufalsn\u0001é'));
    fc.assert(
      fc.property(fc.json(), fc.nat(), character, (text, at, wrong) => {
        const index = at % text.length;
        const changed = text.slice(0, index) + wrong + text.slice(index + 1);
        expect(scan(changed) === undefined).toBe(isJson(changed));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '',
    ' ',
    '0',
    '-0',
    '01',
    '-',
    '1.',
    '1.5e',
    '1e+5',
    '.5',
    '+1',
    'true',
    'tru',
    'truex',
    'nul',
    '"\\u12aF"',
    '"\\u12g0"',
    '"\\x"',
    '"\t"',
    '[1,]',
    '[,1]',
    '{"a":1,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":}',
    '{"a":1]',
    '[1}',
    '1 2',
    '{}{}',
    '[[]',
    '[]]',
    '"open',
    '\ufeff1',
    ' \r\n\t{ } ',
    '{"a":{"b":[null,true,false,-1.5E-3]}}',
  ])('on %j', (text) => {
    expect(scan(text) === undefined).toBe(isJson(text));
  });
});

describe('beyond JSON.parse', () => {
  test('bytes that are not UTF-8 are told as such, also at the very end', () => {
    expect(scan(Buffer.from([0x22, 0xff, 0x22]))).toBe('it is not UTF-8');
    expect(scan(Buffer.concat([Buffer.from('"a"'), Buffer.from([0xc3])]))).toBe('it is not UTF-8');
  });

  test('a character may be cut by a chunk', () => {
    expect(scan('"€uro and 🦉"', 1)).toBeUndefined();
  });

  test('nesting is capped', () => {
    expect(scan('['.repeat(10_000) + ']'.repeat(10_000), 4096)).toBeUndefined();
    expect(scan('['.repeat(10_001) + ']'.repeat(10_001), 4096)).toMatch(/^it stops being JSON at byte/);
  });

  test('the place of the first wrong byte is said', () => {
    expect(scan('{"a": nope}')).toBe('it stops being JSON at byte 8');
    expect(scan('{"a": ')).toBe('the JSON text ends early');
  });
});
