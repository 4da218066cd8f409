import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { createWorkspace, filesBelow, type Workspace } from './support/workspace.ts';

interface Signed {
  readonly payload: string;
}

interface Found {
  readonly examinations: readonly {
    readonly area: string;
    readonly subject: string;
    readonly state: string;
    readonly detail: string;
  }[];
}

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('doctor', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace({
      resources: { note: { type: 'command', dump: ['echo', 'kept'], proof: { minSize: 1 } } },
    });
    expect((await workspace.run(['apply', '--yes'])).exitCode).toBe(0);
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  const examine = async (...args: string[]): Promise<Found> =>
    lastJson(await workspace.run(['doctor', '--json', ...args]));
  const about = ({ examinations }: Found, area: string) => examinations.filter((one) => one.area === area);
  const probes = async (): Promise<number> => {
    const said = await workspace.run(['log', '--runs', '--json']);
    const { events } = lastJson<{ readonly events: readonly { readonly event: string }[] }>(said);
    return events.filter(({ event }) => event === 'probe').length;
  };

  const everyObject = (): readonly string[] =>
    readdirSync(workspace.backups, { recursive: true, encoding: 'utf8' }).sort();

  it('probes the store, proves the rights, and leaves a signed event', async () => {
    const before = await probes();
    const found = await examine();
    expect(about(found, 'store')).toMatchObject([{ subject: 'disk', state: 'ok' }]);
    expect(about(found, 'rights')).toMatchObject([
      { subject: 'disk', state: 'ok', detail: 'may read, list and create; may delete' },
    ]);
    expect(await probes()).toBe(before + 1);
  });

  it('finds that long listings are whole where it is asked to be thorough', async () => {
    const [store] = about(await examine('--thorough'), 'store');
    expect(store?.detail).toContain('long listings too');
  }, 60_000);

  it('makes nothing on any target with --no-probe, and tells what was found out before', async () => {
    const before = everyObject();
    const found = await examine('--no-probe');
    expect(about(found, 'store')).toMatchObject([{ state: 'ok' }]);
    expect(about(found, 'store')[0]?.detail).toMatch(/\(\d{4}-\d\d-\d\d\)$/);
    expect(about(found, 'rights')).toEqual([]);
    expect(everyObject()).toEqual(before);
  });

  it('is done by a prune that knows of none, and not by its dry run', async () => {
    for (const path of (await filesBelow(workspace.backups)).filter((name) => name.includes('/events/'))) {
      const { payload } = JSON.parse(await readFile(workspace.path('backups', path), 'utf8')) as Signed;
      if (Buffer.from(payload, 'base64').includes('"event":"probe"'))
        await rm(workspace.path('backups', path));
    }
    // A machine that has never seen them: one that has would call the target rolled back.
    const elsewhere = { env: { HOME: workspace.path('elsewhere') } };
    expect((await workspace.run(['prune', '--dry-run'], elsewhere)).exitCode).toBe(0);
    expect(await probes()).toBe(0);
    const pruned = await workspace.run(['prune'], elsewhere);
    expect(pruned.exitCode, pruned.stdout + pruned.stderr).toBe(0);
    expect(await probes()).toBe(1);
  });

  it('is done once by an apply, and again after a month', async () => {
    const before = await probes();
    const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    expect((await workspace.run(['apply', '--now', later(2)])).exitCode).toBe(0);
    expect(await probes()).toBe(before);
    expect((await workspace.run(['apply', '--now', later(33)])).exitCode).toBe(0);
    expect(await probes()).toBe(before + 1);
  });

  it('prints no policy where rights are those of a folder', async () => {
    const { exitCode, stdout } = await workspace.run(['doctor', '--iam', '--target', 'disk']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('disk (filesystem)');
    expect((await workspace.run(['doctor', '--lifecycle'])).exitCode).toBe(0);
  });

  it('refuses a target that the plan does not have, and both papers at once', async () => {
    const unknown = await workspace.run(['doctor', '--iam', '--target', 'elsewhere']);
    expect(unknown.stderr).toContain('the plan has no target "elsewhere"');
    expect(unknown.exitCode).not.toBe(0);
    expect((await workspace.run(['doctor', '--iam', '--lifecycle'])).exitCode).toBe(64);
  });
});
