import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Setting } from './bench.ts';
import { fillHistory } from './history.ts';
import { measure, type Timed } from './measure.ts';
import type { Row } from './report.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const SNAPSHOTS = 10_000;
const MANY_SNAPSHOTS = 100_000;

/** Commands over a long history, by a machine that has never seen it and by one that has. */
export const manySnapshots: Bench = async (setting) => {
  const workspace = await withHistory(setting, SNAPSHOTS);
  const rows: Row[] = [];
  for (const [name, args] of Object.entries({
    '`status`': ['status', '--json'],
    '`prune --dry-run`': ['prune', '--dry-run', '--json'],
  })) {
    const command = remembering(workspace, args);
    const cold = await fastest(setting.rounds, async () => {
      forget(workspace);
      return (await measure(command)).seconds;
    });
    const warm = await fastest(setting.rounds, async () => (await measure(command)).seconds);
    rows.push(atMostSeconds(10, cold, `${name} of 10,000 snapshots, nothing remembered`));
    rows.push(atMostSeconds(3, warm, `${name} of 10,000 snapshots, again`));
  }
  return setting.isLarge ? [...rows, ...(await listOfMany(setting))] : rows;
};

async function listOfMany(setting: Setting): Promise<readonly Row[]> {
  const workspace = await withHistory(setting, MANY_SNAPSHOTS);
  const command = remembering(workspace, ['list', '--json']);
  await measure(command);
  const { seconds, peakRssBytes } = await measure(command);
  const megabytes = peakRssBytes / 1e6;
  const walk = await measure({ argv: ['find', workspace.target, '-type', 'f', '-size', '+0'] });
  const row = atMostSeconds(3, seconds, '`list` of 100,000 snapshots, again');
  return [
    { ...row, value: `${row.value} (\`find -size\` of its files: ${walk.seconds.toFixed(2)} s)` },
    {
      measured: '`list` of 100,000 snapshots, memory',
      value: `${megabytes.toFixed(0)} MB`,
      limit: '≤ 300 MB',
      holds: megabytes <= 300,
    },
  ];
}

async function withHistory({ folder }: Setting, snapshots: number): Promise<Workspace> {
  const own = join(folder, `history-${snapshots}`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(join(own, 'data'), { recursive: true });
  writeFileSync(join(own, 'data', 'file'), 'content');
  const workspace = createWorkspace(own, join(own, 'data'));
  await measure(workspace.backupPlan('apply', '--yes'));
  await fillHistory(workspace, { snapshots, resources: 20 });
  // The first run after so many new records leaves a checkpoint.
  await measure(remembering(workspace, ['backup']));
  return workspace;
}

function remembering(workspace: Workspace, args: readonly string[]): Timed {
  return { ...workspace.backupPlan(...args), env: { XDG_CACHE_HOME: join(workspace.folder, 'cache') } };
}

function forget({ folder }: Workspace): void {
  rmSync(join(folder, 'cache'), { recursive: true, force: true });
}

async function fastest(rounds: number, run: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) best = Math.min(best, await run());
  return best;
}

function atMostSeconds(limit: number, seconds: number, measured: string): Row {
  return { measured, value: `${seconds.toFixed(2)} s`, limit: `≤ ${limit} s`, holds: seconds <= limit };
}
