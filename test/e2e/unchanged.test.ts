import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { jsonLines, lastJson, type CliResult } from './support/cli.ts';
import type { RunDocument } from './support/snapshots.ts';
import {
  createWorkspace,
  filesBelow,
  recordsIn,
  type PlanParts,
  type Workspace,
} from './support/workspace.ts';

const CONTENT = '{ "templates": [1, 2] }\n';
const DATA = '../data/state.json';

/** Every type reads the same file. */
const RESOURCES: Readonly<Record<string, PlanParts>> = {
  files: { type: 'files', paths: ['../data'] },
  json: { type: 'json', paths: [DATA] },
  command: { type: 'command', dump: ['cat', DATA], proof: { json: true } },
};

function plan(resource: PlanParts, rest: PlanParts = {}): PlanParts {
  return {
    schedules: { changes: { onChange: '0 * * * *' } },
    retention: { standard: { keep: { last: 10 } } },
    defaults: { schedule: 'changes', retention: 'standard', encryption: 'default', targets: ['disk'] },
    resources: { export: { limits: { retries: 0 }, ...resource } },
    ...rest,
  };
}

const TWO_TARGETS: PlanParts = {
  targets: {
    disk: { type: 'filesystem', path: '../backups' },
    second: { type: 'filesystem', path: '../second' },
  },
  state: 'disk',
  defaults: {
    schedule: 'changes',
    retention: 'standard',
    encryption: 'default',
    targets: ['disk', 'second'],
  },
};

const HOUR_MS = 3_600_000;
const START_MS = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 300_000;

/** Shortly after a tick; later than the files, whose times are those of the real clock. */
const hour = (count: number): string => new Date(START_MS + count * HOUR_MS).toISOString();

interface UnchangedEvent {
  readonly event: string;
  readonly at: string;
  readonly writer: string;
  readonly facts: { readonly snapshotId: string; readonly resource: string; readonly slot?: string };
}

async function unchangedEvents(target: string): Promise<readonly UnchangedEvent[]> {
  const folder = join(target, 'shop', 'events');
  const names = (await readdir(folder)).sort();
  const envelopes = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return envelopes
    .map((text) => Buffer.from((JSON.parse(text) as { payload: string }).payload, 'base64').toString())
    .map((payload) => JSON.parse(payload) as UnchangedEvent)
    .filter(({ event }) => event === 'unchanged');
}

let workspace: Workspace;
let source: string;

async function setUp(parts: PlanParts): Promise<void> {
  workspace = await createWorkspace(parts);
  source = workspace.path('data', 'state.json');
  await mkdir(workspace.path('data'));
  await writeFile(source, CONTENT);
  await utimes(source, 1_700_000_000, 1_700_000_000);
}

async function applyAt(
  time: number,
  ...more: readonly string[]
): Promise<CliResult & { readonly report: RunDocument }> {
  const result = await workspace.run(['apply', '--yes', '--json', '--now', hour(time), ...more]);
  return { ...result, report: lastJson<RunDocument>(result) };
}

async function firstSnapshot(): Promise<string> {
  const { report, exitCode, stderr } = await applyAt(0);
  expect(exitCode, stderr + JSON.stringify(report)).toBe(0);
  expect(report.resources[0]).toMatchObject({ state: 'succeeded' });
  return report.resources[0]?.snapshotId ?? '';
}

async function expectUnchanged(time: number, since: string): Promise<void> {
  const records = await recordsIn(workspace.backups);
  const { report, exitCode, stdout } = await applyAt(time);
  expect(exitCode, JSON.stringify(report)).toBe(0);
  expect(report.resources).toEqual([
    { resource: 'export', state: 'unchanged', mode: 'full', snapshotId: since, targets: [], missing: [] },
  ]);
  expect(jsonLines(stdout).filter((line) => line['unchangedSince'] === since)).toHaveLength(1);
  expect(await recordsIn(workspace.backups)).toEqual(records);
  expect(await filesBelow(join(workspace.backups, 'tmp'))).toEqual([]);
  expect(await filesBelow(workspace.scratch)).toEqual([]);
}

async function expectNew(time: number, since: string): Promise<string> {
  const { report, exitCode } = await applyAt(time);
  expect(exitCode, JSON.stringify(report)).toBe(0);
  expect(report.resources[0]).toMatchObject({ state: 'succeeded' });
  expect(report.resources[0]?.snapshotId).not.toBe(since);
  return report.resources[0]?.snapshotId ?? '';
}

afterEach(() => workspace[Symbol.asyncDispose]());

describe.skipIf(lacks('gpg', 'zstd', 'tar')).each(Object.keys(RESOURCES))(
  'a schedule of changes, for %s',
  (type) => {
    beforeEach(() => setUp(plan(RESOURCES[type] ?? {})));

    it('takes no snapshot while nothing changes, and the look counts as fresh', async () => {
      const first = await firstSnapshot();
      await expectUnchanged(1, first);
      const [event, ...others] = await unchangedEvents(workspace.backups);
      expect(others).toEqual([]);
      expect(event).toMatchObject({
        writer: 'writer',
        facts: { snapshotId: first, resource: 'export', mode: 'full' },
      });
      expect((await applyAt(1)).report.state).toBe('nothing-due');
      await expectUnchanged(2, first);
      expect(await unchangedEvents(workspace.backups)).toHaveLength(2);
      const fresh = await workspace.run(['status', '--now', hour(2)]);
      expect(fresh.exitCode, fresh.stdout).toBe(0);
      const stale = await workspace.run(['status', '--now', hour(72)]);
      expect(stale.exitCode, stale.stdout).toBe(6);
    });

    it('takes one when something changes', async () => {
      const first = await firstSnapshot();
      await writeFile(source, CONTENT.replace('2', '3'));
      const second = await expectNew(1, first);
      await expectUnchanged(2, second);
      await writeFile(source, CONTENT);
      await expectNew(3, second);
    });

    it('fails, and says nothing of being fresh, when the source is gone', async () => {
      await firstSnapshot();
      await rm(workspace.path('data'), { recursive: true });
      const { report, exitCode } = await applyAt(1);
      expect(exitCode).toBe(3);
      expect(report.resources[0]).toMatchObject({
        state: 'failed',
        failure: { code: type === 'command' ? 'SOURCE_FAILED' : 'SOURCE_MISSING' },
      });
      expect(await unchangedEvents(workspace.backups)).toEqual([]);
    });
  },
);

describe.skipIf(lacks('gpg', 'zstd', 'tar'))('a new time alone', () => {
  it.each([
    ['files', 'succeeded'],
    ['json', 'unchanged'],
    ['command', 'unchanged'],
  ])('of %s: %s', async (type, state) => {
    await setUp(plan(RESOURCES[type] ?? {}));
    await firstSnapshot();
    await utimes(source, 1_700_000_001, 1_700_000_001);
    expect((await applyAt(1)).report.resources[0]).toMatchObject({ state });
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('a source that did not change', () => {
  const json = RESOURCES['json'] ?? {};

  it('leaves its event on every target that has the snapshot', async () => {
    await setUp(plan(json, TWO_TARGETS));
    const first = await firstSnapshot();
    await expectUnchanged(1, first);
    expect(await unchangedEvents(workspace.backups)).toHaveLength(1);
    expect(await unchangedEvents(workspace.path('second'))).toHaveLength(1);
  });

  it('is captured all the same for a target that has no copy', async () => {
    await setUp(plan(json));
    const first = await firstSnapshot();
    await workspace.write(plan(json, TWO_TARGETS));
    const second = await expectNew(1, first);
    // The earlier one is copied there too, because retention keeps it.
    expect(await recordsIn(workspace.path('second'))).toEqual([
      `shop/snapshots/export/${first}.json`,
      `shop/snapshots/export/${second}.json`,
    ]);
    await expectUnchanged(2, second);
  });

  it('says so of a target that cannot be looked at', async () => {
    await setUp(plan(json, TWO_TARGETS));
    await firstSnapshot();
    await rename(workspace.path('second'), workspace.path('unplugged'));
    const { report, exitCode } = await applyAt(1);
    expect(exitCode, JSON.stringify(report)).toBe(4);
    expect(report.resources[0]).toMatchObject({ state: 'partial', missing: ['second'] });
    expect(await recordsIn(workspace.backups)).toHaveLength(1);
    expect(await unchangedEvents(workspace.backups)).toHaveLength(1);
  });

  it('is captured for a recipient that could not read the snapshot', async () => {
    await setUp(plan(json));
    const first = await firstSnapshot();
    const operations = { default: { recipients: ['keys/operations.asc'] } };
    await workspace.write(plan(json, { encryption: operations }));
    const second = await expectNew(1, first);
    await workspace.write(plan(json));
    await expectNew(2, second);
  });

  it('is captured when the version of the application is another one', async () => {
    const versioned = { ...json, appVersion: { command: ['cat', '../version'] } };
    await setUp(plan(versioned));
    await writeFile(workspace.path('version'), '1.0\n');
    const first = await firstSnapshot();
    await expectUnchanged(1, first);
    await writeFile(workspace.path('version'), '2.0\n');
    await expectNew(2, first);
  });

  it.each(['json', 'command'])('is captured where the index cannot be read: %s', async (type) => {
    await setUp(plan(RESOURCES[type] ?? {}));
    const first = await firstSnapshot();
    const data = join(workspace.backups, 'shop/data/export', first);
    const index = (await readdir(data)).find((name) => name.startsWith('index.')) ?? '';
    const bytes = await readFile(join(data, index));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 30) ^ 1, bytes.length - 30);
    await writeFile(join(data, index), bytes);
    await expectNew(1, first);
  });

  it('is captured where a snapshot is asked for by hand', async () => {
    await setUp(plan(json));
    const first = await firstSnapshot();
    const result = await workspace.run(['backup', '--json', '--now', hour(1)]);
    expect(lastJson<RunDocument>(result).resources[0]).toMatchObject({ state: 'succeeded' });
    expect(lastJson<RunDocument>(result).resources[0]?.snapshotId).not.toBe(first);
  });

  it('is told to a person in one word', async () => {
    await setUp(plan(json));
    const first = await firstSnapshot();
    const { stdout, exitCode } = await workspace.run(['apply', '--now', hour(1)]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`unchanged since ${first}`);
    expect(stdout).toMatch(/shop · applied #\d+ · 1 unchanged in /);
    expect(stdout).not.toContain('complete');
  });
});
