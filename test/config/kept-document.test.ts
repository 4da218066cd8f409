import { describe, expect, it } from 'vitest';
import { load, loadValid, PLAN } from './plan-folder.ts';

const plan = PLAN.replace(
  '{ type: sqlite, path: app.db }',
  `
    type: sqlite
    path: "\${NAME}"
    enabled: \${ON}
    limits:
      nice: \${NICE}
    hooks: { before: [["\${NAME}"]] }`,
);
const env = { NAME: '123', ON: 'true', NICE: '7' };

describe('a plan that was kept as JSON', () => {
  it('is the same plan again', async () => {
    const first = await loadValid(plan, { env });
    const again = await loadValid(PLAN, { env, content: JSON.stringify(first.document) });
    expect(again.digest).toBe(first.digest);
    expect(again.document).toEqual(first.document);
    expect(again.resources['app']).toEqual(first.resources['app']);
    expect(again.resources['app']).toMatchObject({
      enabled: true,
      limits: { nice: 7 },
      options: { path: '123' },
    });
  });

  it('takes the values of another environment', async () => {
    const first = await loadValid(plan, { env });
    const again = await loadValid(PLAN, {
      env: { ...env, NICE: '9' },
      content: JSON.stringify(first.document),
    });
    expect(again.resources['app']?.limits.nice).toBe(9);
  });

  it('is checked like any other', async () => {
    const first = await loadValid(plan, { env });
    const content = JSON.stringify(first.document);
    const codes = async (options: Parameters<typeof load>[1]): Promise<readonly string[]> =>
      (await load(PLAN, options)).diagnostics.map(({ code }) => code);
    expect(await codes({ env: { ...env, NICE: 'low' }, content })).toEqual(['BP1101']);
    expect(await codes({ env: { ...env, NICE: '99' }, content })).toEqual(['BP1106']);
    expect(await codes({ env: {}, content })).toEqual(['BP1030', 'BP1030', 'BP1030', 'BP1030']);
  });
});
