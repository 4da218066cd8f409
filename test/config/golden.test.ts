import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DIAGNOSTIC_CODES } from '../../src/config/codes.ts';
import { formatCase, parseCase, runCase } from './golden-case.ts';

const folder = fileURLToPath(new URL('golden/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

/** `UPDATE_GOLDEN=1` writes what comes out; read the difference before you commit it. */
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('what a plan is told', () => {
  it.each(names)('%s', async (name) => {
    const golden = parseCase(readFileSync(folder + name, 'utf8'));
    const { output, loaded } = await runCase(golden);
    if (update) writeFileSync(folder + name, formatCase({ ...golden, expected: output }));
    else expect(output).toBe(golden.expected);
    expect(loaded.plan === undefined).toBe(output.includes('error[') || output.includes('note[BP1030]'));
    for (const { code } of loaded.diagnostics) expect(DIAGNOSTIC_CODES).toHaveProperty(code);
  });

  it('has a case for every code', () => {
    const cases = names.map((name) => readFileSync(folder + name, 'utf8')).join('');
    const silent = Object.keys(DIAGNOSTIC_CODES).filter((code) => !cases.includes(`[${code}]`));
    // The tests of limits.test.ts make files that are too large to keep here.
    expect(
      silent.filter(
        (code) => !['BP1001', 'BP1002', 'BP1003', 'BP1012', 'BP1013', 'BP1017', 'BP1025'].includes(code),
      ),
    ).toEqual([]);
  });

  it('has many of them', () => {
    expect(names.length).toBeGreaterThanOrEqual(80);
  });
});
