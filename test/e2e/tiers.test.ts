import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import type { RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

const DAY_MS = 86_400_000;
/** Several runs each. */
const LONG = { timeout: 120_000 };
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;

interface Copied extends RunDocument {
  readonly missing: readonly { readonly resource: string; readonly target: string }[];
  readonly copies: readonly {
    readonly resource: string;
    readonly snapshotId: string;
    readonly target: string;
  }[];
}

/** `-9` is nine days ago. */
const dayOf = (offset: number): Date => new Date(TODAY_MS + offset * DAY_MS);
const nightOf = (offset: number): string => `${dayOf(offset).toISOString().slice(0, 10)}T00:00:10Z`;

/** Backups at midnight; half an hour later offsite ticks on days -27, -20, -13 and -6, archive on day -10. */
function tiers(): object {
  const target = (name: string) => ({ type: 'filesystem', path: `../${name}`, offsite: name !== 'local' });
  return {
    encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
    targets: { local: target('local'), offsite: target('offsite'), archive: target('archive') },
    state: 'local',
    schedules: {
      nightly: { cron: '0 0 * * *' },
      weekly: { cron: `30 0 * * ${String(dayOf(-6).getUTCDay())}` },
      fulls: { cron: `0 0 * * ${String(dayOf(-8).getUTCDay())}` },
    },
    retention: {
      some: { keep: { daily: 4 }, minimum: 1, maxDelete: '100%' },
      two: { keep: { last: 2 }, minimum: 1, maxDelete: '100%' },
      all: { keep: { last: 99 } },
    },
    policies: { copies: 2, offsite: 1 },
    defaults: {
      schedule: 'nightly',
      retention: 'some',
      encryption: 'default',
      targets: {
        local: {},
        offsite: { schedule: 'weekly', retention: 'two' },
        archive: { schedule: `30 0 ${String(dayOf(-10).getUTCDate())} * *`, retention: 'all' },
      },
    },
  };
}

let workspace: Workspace;

async function run(
  night: number,
  ...args: readonly string[]
): Promise<{ exitCode: number | null; report: Copied }> {
  await writeFile(workspace.path('source', `${String(-night)}.txt`), String(night));
  const now = ['--now', nightOf(night)];
  const ended = await workspace.run(['apply', '--yes', '--json', '--no-prune', ...now, ...args]);
  expect(ended.stdout, ended.stderr).not.toBe('');
  return { exitCode: ended.exitCode, report: lastJson<Copied>(ended) };
}

async function night(offset: number): Promise<Copied> {
  const { exitCode, report } = await run(offset);
  expect(exitCode, JSON.stringify(report)).toBe(0);
  return report;
}

/** Days of which a target has a record, the oldest first: `-9` is nine days ago. */
async function daysOn(target: string, resource: string): Promise<readonly number[]> {
  const records = await recordsIn(workspace.path(target));
  const ids = records
    .filter((path) => path.includes(`/${resource}/`))
    .map((path) => path.replace(/.*\//, ''));
  return ids
    .map((id) => Date.parse(`${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}T00:00:00Z`))
    .map((ms) => (ms - TODAY_MS) / DAY_MS)
    .sort((a, b) => a - b);
}

/** When the newest record of the resource there says that the next one is due, as a day. */
async function announcedOn(target: string, resource: string): Promise<number> {
  const records = await recordsIn(workspace.path(target));
  const path = records.filter((one) => one.includes(`/${resource}/`)).at(-1) ?? '';
  const { payload } = JSON.parse(await readFile(workspace.path(target, path), 'utf8')) as { payload: string };
  const record = JSON.parse(Buffer.from(payload, 'base64').toString()) as { nextExpectedBy: string };
  return (Date.parse(record.nextExpectedBy) - TODAY_MS) / DAY_MS;
}

const targetsOf = ({ resources }: Copied, name: string) =>
  resources.find(({ resource }) => resource === name)?.targets;

describe.skipIf(lacks('tar', 'zstd'))('four weeks of a plan with three tiers', () => {
  beforeAll(async () => {
    workspace = await createWorkspace();
    await mkdir(workspace.path('source'));
    const paths = [workspace.path('source')];
    const dump = dumpResource({ dump: ['sh', '-c', 'printf END'] });
    const files = { type: 'files', paths, schedule: { full: 'fulls', incremental: 'nightly' } };
    await workspace.write({ ...tiers(), resources: { export: dump, files } });
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  it('sends the first snapshot everywhere, and then each where a tick has passed', LONG, async () => {
    expect(targetsOf(await night(-28), 'export')).toEqual(['local', 'offsite', 'archive']);
    expect(targetsOf(await night(-26), 'export')).toEqual(['local', 'offsite']);
    expect(targetsOf(await night(-24), 'export')).toEqual(['local']);
    expect([await announcedOn('local', 'export'), await announcedOn('offsite', 'export')]).toEqual([
      -23, -19,
    ]);
    const status = await workspace.run(['status', '--json', '--now', nightOf(-24)]);
    expect(status.exitCode, status.stdout).toBe(0);
  });

  it('says before where a backup goes', LONG, async () => {
    const plan = await workspace.run(['plan', '--now', nightOf(-21)]);
    expect(plan.stdout).toMatch(/export +full +\S+ overdue +→ local \(offsite from .+, archive from .+\)\n/);
    const dry = await workspace.run(['apply', '--dry-run', '--now', nightOf(-19)]);
    expect(dry.stdout).toContain('export  full, due, to local, offsite (archive from ');
  });

  it('makes up for a week in which a target was away, with that snapshot and no other', LONG, async () => {
    await rename(workspace.path('offsite'), workspace.path('unplugged'));
    const { exitCode, report } = await run(-19);
    expect([exitCode, targetsOf(report, 'export')]).toEqual([4, ['local']]);
    expect((await run(-18)).report.resources).toMatchObject([{ missing: [] }, { missing: [] }]);
    await rename(workspace.path('unplugged'), workspace.path('offsite'));
    const status = await workspace.run(['status', '--now', nightOf(-18)]);
    expect(status.exitCode).toBe(6);
    expect(status.stdout).toContain('the newest restore point for offsite, is missing there');
    const back = await night(-17);
    expect(targetsOf(back, 'export')).toEqual(['local']);
    const exported = back.copies.filter(({ resource }) => resource === 'export');
    expect(exported.map(({ snapshotId }) => snapshotId.slice(0, 8))).toEqual([
      nightOf(-19).slice(0, 10).replaceAll('-', ''),
    ]);
    expect(await daysOn('offsite', 'export')).toEqual([-28, -26, -19]);
    expect(await announcedOn('offsite', 'export')).toBe(-12);
    expect((await workspace.run(['status', '--now', nightOf(-17)])).exitCode).toBe(0);
  });

  it('brings a chain there whole, and restores from there alone', LONG, async () => {
    for (const offset of [-14, -12, -9, -5]) await night(offset);
    expect(await daysOn('offsite', 'files')).toEqual([-28, -26, -19, -14, -12, -5]);
    expect(await daysOn('archive', 'files')).toEqual([-28, -14, -12, -9]);
    expect(await daysOn('archive', 'export')).toEqual([-28, -9]);
    await rename(workspace.path('local'), workspace.path('burnt'));
    const id = (await recordsIn(workspace.path('archive'))).filter((path) => path.includes('/files/')).at(-1);
    const selector = `files@${basename(id ?? '', '.json')}`;
    const args = ['--to', workspace.path('restored'), '--key', workspace.operationsKey];
    const restored = await workspace.run(['restore', selector, '--from', 'archive', ...args]);
    await rename(workspace.path('burnt'), workspace.path('local'));
    expect(restored.exitCode, restored.stderr).toBe(0);
    const names = await filesBelow(workspace.path('restored'));
    expect(names.map((name) => basename(name, '.txt')).sort()).toEqual(
      [12, 14, 17, 18, 19, 24, 26, 28, 9].map(String),
    );
  });

  it('lets retention release what it will on each target, and brings nothing back', LONG, async () => {
    // By the clock of the store: a prune refuses another one.
    const pruned = await workspace.run(['apply', '--yes', '--json']);
    expect(pruned.exitCode, pruned.stdout + pruned.stderr).toBe(0);
    const local = await daysOn('local', 'export');
    expect(local.slice(0, -1)).toEqual([-12, -9, -5]);
    expect(await daysOn('offsite', 'export')).toEqual([-12, -5]);
    // Two fulls and two incrementals, with the full that one of them needs.
    expect(await daysOn('offsite', 'files')).toEqual([-28, -26, -14, -12, -5]);
    expect(await daysOn('archive', 'export')).toEqual([-28, -9]);
    const again = await workspace.run(['apply', '--json']);
    expect(lastJson<Copied>(again)).toMatchObject({ state: 'nothing-due', missing: [], copies: [] });
    const status = await workspace.run(['status', '--json']);
    expect(status.exitCode, status.stdout).toBe(0);
  });
});
