import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLanguageServer, type LanguageServer } from './language-server.ts';
import { PLAN } from './plan-folder.ts';

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

  it.each([
    ['na|me: demo\n', 'Name of the plan'],
    [PLAN.replace('jitter', 'jit|ter'), 'Start up to this much later'],
    [PLAN.replace('path: app.db', 'pa|th: app.db'), 'The database file'],
    [PLAN.replace('daily', 'dai|ly'), 'How many snapshots to keep'],
  ])('explains a key on hover: %#', async (text, expected) => {
    expect(await server.hover(text)).toContain(expected);
  });

  it('finds nothing wrong with a valid plan', async () => {
    expect(await server.diagnose(PLAN)).toEqual([]);
  });

  it('underlines a mistyped key', async () => {
    const messages = await server.diagnose(PLAN.replace('path: app.db', 'pth: app.db'));
    expect(messages.join('\n')).toContain('pth');
  });
});
