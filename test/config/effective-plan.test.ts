import { describe, expect, it } from 'vitest';
import { effectivePlan, explainOrigin } from '../../src/config/effective-plan.ts';
import { load, PLAN } from './plan-folder.ts';

const plan = `${PLAN}    # the last resource
  big: { type: sqlite, path: "\${ROOT}/big.db", retention: { keep: { last: 2 } }, limits: { timeout: 2h } }
  edged:
    type: files
    paths: [/srv]
    schedule: { full: { onChange: "0 * * * *" }, incremental: nightly }
    targets: { local: { retention: { keep: { last: 1 } } } }
policies: { copies: 1 }
secrets: { pg: { env: PGPASSWORD }, file: { file: /run/pg }, pass: { command: [pass, show, pg] } }
`;
const loaded = load(plan, { env: { ROOT: '/srv' } });

describe('the effective plan', () => {
  it('shows what counts, and secrets only by where they come from', async () => {
    const effective = effectivePlan(await loaded);
    expect(effective).toMatchObject({
      timezone: 'UTC',
      state: 'local',
      secrets: {
        pg: '<secret env:PGPASSWORD>',
        file: '<secret file:/run/pg>',
        pass: '<secret command:pass>',
      },
      signing: { use: '<secret env:SIGNING_KEY>' },
      retention: {
        standard: { keep: { daily: 7 }, minimum: 1, countOnly: 'good', grace: '0s', maxDelete: '30%' },
      },
      resources: {
        app: {
          schedule: 'nightly',
          retention: 'standard',
          enabled: true,
          limits: { timeout: '24h', idleTimeout: '30m', retries: 2 },
        },
        big: {
          path: '/srv/big.db',
          retention: { keep: { last: 2 }, minimum: 1, grace: '0s' },
          limits: { timeout: '2h', idleTimeout: '30m' },
        },
      },
    });
    expect(effective).toMatchObject({
      targets: { local: { prune: 'apply' } },
      policies: { copies: 1, countSource: false },
      resources: {
        edged: {
          schedule: { full: { onChange: '0 * * * *', onMissed: 'run' }, incremental: 'nightly' },
          targets: { local: { retention: { keep: { last: 1 }, maxDelete: '30%' } } },
        },
      },
    });
    expect(effective).not.toHaveProperty('defaults');
    expect(() => JSON.stringify(effective)).not.toThrow();
  });

  it('is empty where there is no plan', () => {
    expect(effectivePlan({})).toEqual({});
    expect(explainOrigin({}, 'name')).toBeUndefined();
  });
});

describe('the origin of a value', () => {
  const lineOf = (text: string): number => plan.split('\n').findIndex((line) => line.includes(text)) + 1;

  it.each([
    ['name', 'plan', 'demo', lineOf('name: demo')],
    ['resources.big.limits.timeout', 'plan', '2h', lineOf('  big:')],
    ['resources.big.retention.keep.last', 'plan', 2, lineOf('  big:')],
    ['resources.app.schedule', 'defaults', 'nightly', lineOf('defaults:')],
    ['resources.app.targets[0]', 'defaults', 'local', lineOf('defaults:')],
    ['resources.app.limits.retries', 'built-in', 2, undefined],
    ['resources.big.limits.retries', 'built-in', 2, undefined],
    ['timezone', 'built-in', 'UTC', undefined],
    ['signing.keys.ci.may[1]', 'plan', 'apply', lineOf('keys: { ci')],
    ['retention.standard.maxDelete', 'built-in', '30%', undefined],
    ['targets.local.prune', 'built-in', 'apply', undefined],
    ['policies.copies', 'plan', 1, lineOf('policies:')],
    ['policies.countSource', 'built-in', false, undefined],
    ['resources.edged.schedule.full.onChange', 'plan', '0 * * * *', lineOf('onChange')],
    ['resources.edged.schedule.full.jitter', 'built-in', '0s', undefined],
    ['resources.edged.targets.local.retention.keep.last', 'plan', 1, lineOf('keep: { last: 1 }')],
    ['resources.edged.targets.local.retention.grace', 'built-in', '0s', undefined],
    ['secrets.pg', 'plan', '<secret env:PGPASSWORD>', lineOf('secrets:')],
  ])('%s comes from %s', async (path, origin, value, line) => {
    const found = explainOrigin(await loaded, path);
    expect(found).toMatchObject({ path, origin, value });
    expect(found?.line).toBe(line);
  });

  it('says what stood there before interpolation', async () => {
    expect(explainOrigin(await loaded, 'resources.big.path')).toMatchObject({
      value: '/srv/big.db',
      written: '${ROOT}/big.db',
    });
  });

  it.each([
    'resources.gone',
    'resources.app.toString',
    'constructor',
    'name.length',
    'resources.app.targets[9]',
  ])('there is none for %s', async (path) => {
    expect(explainOrigin(await loaded, path)).toBeUndefined();
  });
});
