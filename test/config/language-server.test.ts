import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLanguageServer, type LanguageServer } from './language-server.ts';
import { PLAN } from './plan-folder.ts';

const COMMAND_RESTORE = `${PLAN}  more:
    type: command
    dump: [a]
    proof: { json: true }
    restore:
      |
`;

describe('the published schema in an editor', () => {
  let server: LanguageServer;

  beforeAll(async () => {
    server = await startLanguageServer();
  }, 60_000);

  afterAll(() => server.close());

  it('completes the keys of a plan', async () => {
    const labels = await server.complete('version: 1\n|');
    expect(labels).toEqual(
      expect.arrayContaining([
        'name',
        'targets',
        'resources',
        'schedules',
        'retention',
        'encryption',
        'signing',
      ]),
    );
  });

  it('completes the types of a resource', async () => {
    const labels = await server.complete(`${PLAN}  more:\n    type: |\n`);
    expect(labels).toEqual(expect.arrayContaining(['files', 'sqlite', 'command']));
  });

  it('completes the keys of just this type, and the shared ones', async () => {
    const labels = await server.complete(`${PLAN}  more:\n    type: files\n    |\n`);
    expect(labels).toEqual(expect.arrayContaining(['paths', 'exclude', 'schedule', 'hooks']));
    expect(labels).not.toContain('dump');
  });

  it('completes modes', async () => {
    const labels = await server.complete(`${PLAN}  more:\n    type: files\n    schedule:\n      |\n`);
    expect(labels).toEqual(expect.arrayContaining(['full', 'incremental']));
  });

  const FILES = `${PLAN}  more:\n    type: files\n    paths: [/srv]\n`;

  it.each([
    ['what surrounds a restore', `${FILES}    restore:\n      |\n`, ['activeCheck', 'check', 'migrate']],
    ['a version of the application', `${FILES}    appVersion:\n      |\n`, ['command']],
    ['what a type adds to a restore', COMMAND_RESTORE, ['command', 'hooks', 'owner', 'fileMode']],
    ['an edge', `${FILES}    targets:\n      local:\n        |\n`, ['retention']],
    [
      'a schedule',
      PLAN.replace('  nightly: {', '  often:\n    |\n  nightly: {'),
      ['cron', 'onChange', 'jitter'],
    ],
    [
      'a schedule of a mode',
      `${FILES}    schedule:\n      full:\n        |\n`,
      ['cron', 'onChange', 'targets'],
    ],
    [
      'retention',
      PLAN.replace('  standard: {', '  long:\n    |\n  standard: {'),
      ['keep', 'grace', 'maxDelete'],
    ],
    ['policies', `${PLAN}policies:\n  |\n`, ['copies', 'maxRpo', 'separate', 'verifyEvery']],
    ['a migration', `${FILES}    restore:\n      migrate:\n        - |\n`, ['from', 'to', 'run']],
  ])('completes the keys of %s', async (_name, text, wanted) => {
    expect(await server.complete(text)).toEqual(expect.arrayContaining(wanted));
  });

  it('completes who deletes on a target', async () => {
    const text = PLAN.replace(
      '{ type: filesystem, path: /backups }',
      '\n    type: filesystem\n    path: /backups\n    prune: |',
    );
    expect(await server.complete(text)).toEqual(expect.arrayContaining(['apply', 'separate']));
  });

  it.each([
    ['na|me: demo\n', 'Name of the plan'],
    [PLAN.replace('jitter', 'jit|ter'), 'Start up to this much later'],
    [PLAN.replace('path: app.db', 'pa|th: app.db'), 'The database file'],
    [PLAN.replace('daily', 'dai|ly'), 'How many snapshots to keep'],
    [PLAN.replace('cron', 'onCha|nge'), 'Where it is still the same there is no new one'],
    [PLAN.replace('path: app.db', 'path: app.db, restore: { own|er: app }'), 'To whom everything restored'],
    [PLAN.replace('path: app.db', 'path: app.db, targets: { lo|cal: {} }'), 'copies on one target'],
    [`${PLAN}policies: { max|Rpo: 24h }\n`, 'the longest gap'],
  ])('explains a key on hover: %#', async (text, expected) => {
    expect(await server.hover(text)).toContain(expected);
  });

  it('finds nothing wrong with a valid plan', async () => {
    expect(await server.diagnose(PLAN)).toEqual([]);
  });

  it('finds nothing wrong with one that uses what there is', async () => {
    const text = `${PLAN.replace('cron', 'onChange')}  more:
    type: files
    paths: [/srv]
    targets: { local: { retention: { keep: { last: 1 }, grace: 1d, maxDelete: 20% } } }
    appVersion: { command: [app, --version] }
    restore: { activeCheck: { command: [a] }, migrate: [{ from: "1", to: "2", run: [[m]] }], fileMode: "0600" }
policies: { copies: 1, separate: [[app, more]] }
`;
    expect(await server.diagnose(text)).toEqual([]);
  });

  it('underlines a schedule that says both when and on what', async () => {
    const text = PLAN.replace('cron: "0 2 * * *"', 'cron: "0 2 * * *", onChange: "0 2 * * *"');
    expect(await server.diagnose(text)).not.toEqual([]);
  });

  it('underlines a mistyped key', async () => {
    const messages = await server.diagnose(PLAN.replace('path: app.db', 'pth: app.db'));
    expect(messages.join('\n')).toContain('pth');
  });
});
