import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DIAGNOSTIC_CODES, explainCode } from '../../src/config/codes.ts';
import { FAILURE_KINDS } from '../../src/domain/failure.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

function codesInSource(): ReadonlySet<string> {
  const folders = ['config', 'resources', 'targets', 'notifications'];
  const files = folders.flatMap((folder) =>
    readdirSync(source + folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/generated|codes/.test(name))
      .map((name) => `${source}${folder}/${name}`),
  );
  return new Set(
    files
      .flatMap((file) => readFileSync(file, 'utf8').match(/'BP\d{4}'/g) ?? [])
      .map((code) => code.slice(1, -1)),
  );
}

describe('the table of codes', () => {
  it('has every code that can be said, and no other', () => {
    expect(Object.keys(DIAGNOSTIC_CODES).sort()).toEqual([...codesInSource()].sort());
  });

  it.each(Object.entries(DIAGNOSTIC_CODES))(
    '%s is written in house style',
    (code, { title, explanation, example }) => {
      expect(code).toMatch(/^BP[12]\d{3}$/);
      expect(title).toMatch(/^["a-z].*[^.]$/);
      expect(explanation).toMatch(/^[A-Z`].*\.$/);
      // Some examples are commands; both kinds are valid YAML.
      expect(() => {
        parse(example ?? '');
      }).not.toThrow();
    },
  );

  it('shares no number with a failure', () => {
    const numbers = Object.values(FAILURE_KINDS).map(({ bp }) => bp);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const bp of numbers) expect(DIAGNOSTIC_CODES).not.toHaveProperty(bp);
  });
});

describe('explain', () => {
  it('takes every code, and failures by number and by name', () => {
    for (const code of Object.keys(DIAGNOSTIC_CODES)) expect(explainCode(code)?.code).toBe(code);
    for (const [name, { bp, summary }] of Object.entries(FAILURE_KINDS)) {
      expect(explainCode(name)).toEqual(explainCode(bp));
      expect(explainCode(name)).toMatchObject({ code: `${bp} ${name}`, title: summary });
    }
  });

  it('does not mind case and blanks', () => {
    expect(explainCode(' bp1103 ')).toEqual(explainCode('BP1103'));
    expect(explainCode('source_empty')?.text.at(-1)).toBe('Exit code 3.');
  });

  it.each(['', 'BP9999', 'toString', 'BP11', '__proto__'])('knows nothing of %j', (code) => {
    expect(explainCode(code)).toBeUndefined();
  });

  it('shows an example', () => {
    expect(explainCode('BP1111')?.text).toEqual([
      'A duration is a whole number and a unit: ms, s, m, h, d or w.',
      '',
      '    limits: { timeout: 2h, idleTimeout: 10m }',
    ]);
  });
});
