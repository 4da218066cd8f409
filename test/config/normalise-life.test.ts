import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, ResourceSpec } from '../../src/domain/plan.ts';
import { codesOf, HEAD, load, loadValid, PLAN } from './plan-folder.ts';

const TWO_TARGETS = HEAD.replace(
  '  local:',
  '  offsite: { type: filesystem, path: /mnt/o }\n  local:',
).replace('retention:\n', 'state: local\nretention:\n  long: { keep: { weekly: 52 }, minimum: 3 }\n');

async function resourceOf(lines: string, head = TWO_TARGETS): Promise<ResourceSpec> {
  const { resources } = await loadValid(
    `${head}resources:\n  app:\n    type: files\n    paths: [/srv]\n${lines}`,
  );
  return resources['app']!;
}

describe('retention', () => {
  it.each([
    ['', { graceMs: 0, maxDelete: 0.3 }],
    ['grace: 3d, ', { graceMs: 259_200_000, maxDelete: 0.3 }],
    ['maxDelete: 75%, ', { graceMs: 0, maxDelete: 0.75 }],
    ['maxDelete: 0%, ', { graceMs: 0, maxDelete: 0 }],
  ])('with %j', async (written, expected) => {
    const { retention } = await resourceOf(`    retention: { ${written}keep: { last: 2 } }\n`);
    expect(retention.full).toMatchObject(expected);
  });
});

describe('targets with something of their own', () => {
  it('go where a list of the same names goes', async () => {
    const asMap = await resourceOf('    targets: { local: {}, offsite: { retention: long } }\n');
    const asList = await resourceOf('    targets: [local, offsite]\n');
    expect(asMap.targets).toEqual(asList.targets);
    expect(asMap.targets.incremental).toEqual(['local', 'offsite']);
    expect(asList.edges).toEqual({});
  });

  it('have a named or a written policy in place of the one of the mode', async () => {
    const { edges, retention } = await resourceOf(
      '    targets: { local: { retention: { keep: { last: 1 }, grace: 1h } }, offsite: { retention: long } }\n',
    );
    expect(edges['local']?.retention).toMatchObject({ keep: { last: 1 }, minimum: 1, graceMs: 3_600_000 });
    expect(edges['offsite']?.retention).toMatchObject({ name: 'long', keep: { weekly: 52 }, minimum: 3 });
    expect(retention.full).toMatchObject({ name: 'standard' });
  });

  it('may stand in defaults, and are replaced whole', async () => {
    const head = TWO_TARGETS.replace('targets: [local]', 'targets: { offsite: { retention: long } }');
    const taken = await resourceOf('', head);
    expect(taken.targets.full).toEqual(['offsite']);
    expect(Object.keys(taken.edges)).toEqual(['offsite']);
    const own = await resourceOf('    targets: [offsite]\n', head);
    expect(own.edges).toEqual({});
  });

  it('leave a mode alone that names targets itself', async () => {
    const { targets, edges } = await resourceOf(
      '    schedule: { full: { cron: "0 1 * * 0", targets: [offsite] }, incremental: nightly }\n    targets: { local: {}, offsite: { retention: long } }\n',
    );
    expect(targets).toMatchObject({ full: ['offsite'], incremental: ['local', 'offsite'] });
    expect(edges['offsite']?.retention?.name).toBe('long');
  });
});

describe('who deletes on a target', () => {
  it('is every apply, or what the target says', async () => {
    const plan = await loadValid(
      `${TWO_TARGETS.replace('path: /mnt/o }', 'path: /mnt/o, prune: separate }')}resources:\n  app: { type: sqlite, path: a.db }\n`,
    );
    expect(plan.targets['local']).toMatchObject({ prune: 'apply', options: { path: '/backups' } });
    expect(plan.targets['offsite']).toMatchObject({ prune: 'separate', options: { path: '/mnt/o' } });
  });
});

describe('a schedule on change', () => {
  const head = TWO_TARGETS.replace(
    '  nightly:',
    '  changes: { onChange: "*/15 * * * *", jitter: 1m, onMissed: skip }\n  nightly:',
  );

  it('has ticks like any other', async () => {
    const { schedules } = await resourceOf('    schedule: { full: nightly, incremental: changes }\n', head);
    expect(schedules.map(({ schedule }) => schedule)).toEqual([
      expect.objectContaining({ name: 'nightly', cron: '0 2 * * *', onlyChanges: false }),
      {
        name: 'changes',
        cron: '*/15 * * * *',
        timezone: 'UTC',
        jitterMs: 60_000,
        onMissed: 'skip',
        onlyChanges: true,
      },
    ]);
  });

  it('may stand in the resource', async () => {
    const { schedules } = await resourceOf('    schedule: { full: { onChange: "0 * * * *" } }\n');
    expect(schedules[0]?.schedule).toMatchObject({ cron: '0 * * * *', onlyChanges: true, jitterMs: 0 });
    const { schedules: short } = await resourceOf('    schedule: "0 * * * *"\n');
    expect(short[0]?.schedule.onlyChanges).toBe(false);
  });
});

describe('what surrounds a restore', () => {
  it('is nothing where nothing is said', async () => {
    const app = await resourceOf('');
    expect(app.restore).toEqual({ hooks: { before: [], after: [] }, migrate: [], check: [] });
    expect(app).not.toHaveProperty('appVersion');
  });

  it('is commands, an owner and bits', async () => {
    const app = await resourceOf(`    appVersion: { command: [app, --version] }
    restore:
      activeCheck: { command: [pgrep, app] }
      hooks: { before: [[stop]], after: [[start], [poke]] }
      migrate: [{ from: "1", to: "2", run: [[m, "2"]], x-why: new tables }]
      check: [{ command: [ping] }, { command: [pong] }]
      owner: "app:1000"
      fileMode: "0640"
`);
    expect(app.appVersion).toEqual(['app', '--version']);
    expect(app.restore).toEqual({
      activeCheck: ['pgrep', 'app'],
      hooks: { before: [['stop']], after: [['start'], ['poke']] },
      migrate: [{ from: '1', to: '2', run: [['m', '2']] }],
      check: [['ping'], ['pong']],
      owner: 'app:1000',
      fileMode: 0o640,
    });
    expect(app.options).toEqual({ paths: ['/srv'] });
  });

  it('is shared with the type, which gets the keys that it brought', async () => {
    const command =
      '    restore: { command: [tar, -x], check: [{ command: [ping] }] }\n    dump: [d]\n    proof: { json: true }\n';
    const { resources } = await loadValid(`${HEAD}resources:\n  app:\n    type: command\n${command}`);
    expect(resources['app']?.options['restore']).toEqual({ command: ['tar', '-x'] });
    expect(resources['app']?.restore.check).toEqual([['ping']]);
  });

  it.each(['app', 'app:app', ':app', '1000:1000', 'www-data:www-data', 'svc.app', '_ntp', 'machine$'])(
    'takes the owner %j',
    async (owner) => {
      expect((await resourceOf(`    restore: { owner: "${owner}" }\n`)).restore.owner).toBe(owner);
    },
  );

  it.each(['', ':', 'app:', 'a b', '-R', 'app:-x', 'a:b:c', 'root;id', 'app/x'])(
    'refuses the owner %j',
    async (owner) => {
      expect(codesOf(await load(withRestore(`owner: "${owner}"`)))).toContain('BP1105');
    },
  );

  it('takes the bits of every mode of a file, and no special ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(0o777), async (mode) => {
        const octal = mode.toString(8).padStart(4, '0');
        const { resources } = await loadValid(withRestore(`fileMode: "${octal}"`));
        expect(resources['app']?.restore.fileMode).toBe(mode);
      }),
      { numRuns: 20 },
    );
    for (const special of ['4755', '1777', '0888', '77', '07777'])
      expect(codesOf(await load(withRestore(`fileMode: "${special}"`)))).toEqual(['BP1105']);
  });
});

function withRestore(restore: string): string {
  return PLAN.replace('path: app.db', `path: app.db, restore: { ${restore} }`);
}

describe('policies', () => {
  const head = PLAN.replace(
    'encryption:\n',
    'encryption:\n  keys: { recipients: [keys/ci.asc, keys/vault.asc] }\n',
  );
  const files = { 'keys/vault.asc': 'PUBLIC KEY' };
  const policiesOf = async (written: string): Promise<Plan['policies']> => {
    const key = '  key: { type: sqlite, path: k.db, encryption: keys }\n';
    return (await loadValid(`${head}${key}${written}`, { files })).policies;
  };

  it('ask for nothing where there are none', async () => {
    expect(await policiesOf('')).toEqual({ countSource: false, separate: [] });
  });

  it('are numbers, milliseconds and names', async () => {
    const written =
      'policies: { copies: 2, countSource: true, recipients: 2, encrypted: required, verifyEvery: 30d, maxRpo: 24h, separate: [[app, key]], x-by: audit }\n';
    expect(await policiesOf(written)).toEqual({
      copies: 2,
      countSource: true,
      recipients: 2,
      encrypted: 'required',
      verifyEveryMs: 2_592_000_000,
      maxRpoMs: 86_400_000,
      separate: [['app', 'key']],
    });
  });
});

describe('the log', () => {
  it('keeps a plan with all of this, and reads it again', async () => {
    const plan = `${TWO_TARGETS}resources:
  app:
    type: files
    paths: [/srv]
    schedule: { full: { onChange: "0 * * * *" } }
    targets: { local: {}, offsite: { retention: { keep: { last: 4 }, grace: 1d } } }
    appVersion: { command: [app, --version] }
    restore: { owner: "\${WHO}", fileMode: "0600", migrate: [{ from: "1", to: "2", run: [[m]] }] }
policies: { copies: 1, maxRpo: 25h }
`;
    const first = await loadValid(plan, { env: { WHO: '1000' } });
    const again = await loadValid(plan, { env: { WHO: '1000' }, content: JSON.stringify(first.document) });
    expect(again.digest).toBe(first.digest);
    expect(again.resources).toEqual(first.resources);
    expect(again.policies).toEqual(first.policies);
    expect(again.resources['app']?.restore.owner).toBe('1000');
  });
});
