import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/interpolation.ts';
import { codesOf, load, loadValid, PLAN } from './plan-folder.ts';

const NAME = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);

const path = (text: string): string => PLAN.replace('path: app.db', `path: ${text}`);

async function pathOf(text: string, env: Record<string, string>): Promise<unknown> {
  return (await loadValid(path(text), { env })).resources['app']?.options['path'];
}

describe('interpolate', () => {
  it('leaves texts alone that have nothing to replace', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('$$') && !text.includes('${'));
        expect(interpolate(text, {})).toBeUndefined();
      }),
    );
  });

  it('puts in exactly what the variable holds, whatever it holds', () => {
    fc.assert(
      fc.property(NAME, fc.string(), fc.string(), fc.string(), (name, value, before, after) => {
        fc.pre(!`${before}${after}`.includes('$'));
        const result = interpolate(`${before}\${${name}}${after}`, { [name]: value });
        expect(result).toEqual({ text: `${before}${value}${after}`, problems: [] });
      }),
    );
  });

  it('is undone by writing every dollar twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '?') }), (text) => {
        const escaped = text.replaceAll('$', '$$$$');
        expect(interpolate(escaped, {})?.text ?? escaped).toBe(text);
      }),
    );
  });

  it.each([
    ['${V:-d}', {}, 'd'],
    ['${V:-d}', { V: '' }, 'd'],
    ['${V:-d}', { V: 'x' }, 'x'],
    ['${V:-}', {}, ''],
    ['${V:-a b}', {}, 'a b'],
    ['${V:-${W}', { W: 'w' }, '${W'],
    ['${V}', { V: '' }, ''],
    ['${V:?m}', { V: 'x' }, 'x'],
    ['$${V}', { V: 'x' }, '${V}'],
    ['$$$${V}', { V: 'x' }, '$${V}'],
    ['$$${V}', { V: 'x' }, '$x'],
    ['a${V}b${V}', { V: '1' }, 'a1b1'],
    ['${V}', { V: '${W}', W: 'no' }, '${W}'],
  ])('%s with %j is %s', (text, env, expected) => {
    expect(interpolate(text, env)).toEqual({ text: expected, problems: [] });
  });

  it.each([
    ['${V}', { kind: 'unset', variable: 'V' }],
    ['${V:?say why}', { kind: 'unset', variable: 'V', message: 'say why' }],
    ['${toString}', { kind: 'unset', variable: 'toString' }],
    ['${}', { kind: 'malformed', text: '${}' }],
    ['${1V}', { kind: 'malformed', text: '${1V}' }],
    ['${V-d}', { kind: 'malformed', text: '${V-d}' }],
    ['${V:+d}', { kind: 'malformed', text: '${V:+d}' }],
    ['${V', { kind: 'malformed', text: '${V' }],
    ['${ V }', { kind: 'malformed', text: '${ V }' }],
  ])('%s is a problem', (text, problem) => {
    expect(interpolate(text, {})?.problems).toEqual([problem]);
  });

  it('leaves a lone dollar alone', () => {
    expect(interpolate('$HOME costs 5$', {})).toBeUndefined();
  });
});

describe('interpolation in a plan', () => {
  it.each([
    ['YAML', 'a: [1, 2]\n- "x'],
    ['quotes', '"\'`'],
    ['a shell', '$(id); `id` && rm -rf ~'],
    ['another variable', '${OTHER}'],
    ['a line end', 'a\nb'],
    ['an anchor', '&a *a <<: !!js/function'],
  ])('takes %s from the environment as plain text', async (_name, value) => {
    expect(await pathOf('"x${V}"', { V: value, OTHER: 'no' })).toBe(`x${value}`);
  });

  it('gives a plain scalar that is one expression the type it looks like', async () => {
    const plan = `${path('a.db')}x-end: 1\n`.replace(
      '{ type: sqlite, path: a.db }',
      '\n    type: sqlite\n    path: a.db\n    enabled: ${ON}\n    limits:\n      nice: ${NICE}',
    );
    const { enabled, limits } = (await loadValid(plan, { env: { ON: 'false', NICE: '0x0a' } })).resources[
      'app'
    ]!;
    expect([enabled, limits.nice]).toEqual([false, 10]);
  });

  it('keeps text where the expression is quoted or only a part', async () => {
    expect(await pathOf('"${V}"', { V: '123' })).toBe('123');
    expect(await pathOf("'a-${V}'", { V: '123' })).toBe('a-123');
  });

  it('never replaces keys', async () => {
    const loaded = await load(`${PLAN}labels: { "\${K}": x }\n`, { env: { K: 'key' } });
    expect(codesOf(loaded)).toEqual(['BP1110']);
  });

  it('does not look into notes', async () => {
    expect(codesOf(await load(`${PLAN}x-note: "\${NOT_SET}"\n`))).toEqual([]);
  });

  it('covers what is written, not what it becomes', async () => {
    const one = await loadValid(path('"${V}"'), { env: { V: 'a.db' } });
    const other = await loadValid(path('"${V}"'), { env: { V: 'b.db' } });
    expect(one.digest).toBe(other.digest);
    expect(JSON.stringify(one.document)).toContain('${V}');
    expect(JSON.stringify(one.document)).not.toContain('a.db');
  });

  it('makes no plan of unknown values, and does not blame them', async () => {
    const loaded = await load(path('"${V}"'), { unset: 'note' });
    expect(loaded.plan).toBeUndefined();
    expect(loaded.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['BP1030', 'note']]);
  });
});
