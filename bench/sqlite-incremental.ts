import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { measure } from './measure.ts';
import { atMost } from './report.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const GIGABYTE = 1e9;
const PAGE_BYTES = 4096;
const LIMIT_PERCENT = 3;
const LIMIT_MEGABYTES = 200;

/**
 * An hour in the life of a database: one page in a hundred is written again, all over the file. Its
 * content is random, so that compression does not flatter either side.
 */
export const sqliteIncremental: Bench = async ({ folder, scale }) => {
  const database = makeDatabase(join(folder, 'sqlite'), Math.round((scale * GIGABYTE) / PAGE_BYTES));
  const workspace = workspaceOf(join(folder, 'sqlite'), database);
  const full = await measure(workspace.backupPlan('apply', '--yes'));
  sql(database, 'UPDATE t SET x = randomblob(length(x)) WHERE id % 100 = 0;');
  const incremental = await measure(workspace.backupPlan('backup', 'data', '--mode', 'incremental'));
  const stored = storedBytes(workspace);
  if (stored.length !== 2) throw new Error(`two snapshots were expected, not ${stored.length}`);
  const [all = NaN, changed = NaN] = stored;
  const percent = (changed / all) * 100;
  const megabytes = incremental.peakRssBytes / 1e6;
  const name = `incremental backup of a ${(statSync(database).size / GIGABYTE).toFixed(1)} GB SQLite database, 1 % of its pages changed`;
  return [
    {
      measured: `stored bytes, ${name}, of its full`,
      value: `${percent.toFixed(2)} % (${(changed / 1e6).toFixed(1)} MB, ${(all / 1e6).toFixed(1)} MB)`,
      limit: `≤ ${LIMIT_PERCENT} %`,
      holds: percent <= LIMIT_PERCENT,
    },
    atMost(1, [incremental.seconds, full.seconds], `the same, time of its full`),
    {
      measured: 'resident memory of the same',
      value: `${megabytes.toFixed(0)} MB`,
      limit: `≤ ${LIMIT_MEGABYTES} MB`,
      holds: megabytes <= LIMIT_MEGABYTES,
    },
  ];
};

/** One row fills one page. */
function makeDatabase(folder: string, pages: number): string {
  const path = join(folder, 'app.db');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  sql(
    `${path}.part`,
    `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${pages})
     INSERT INTO t SELECT i, randomblob(4000) FROM n; PRAGMA journal_mode=WAL;`,
  );
  renameSync(`${path}.part`, path);
  return path;
}

function sql(path: string, statements: string): void {
  execFileSync('sqlite3', ['-bail', path], { input: statements });
}

function workspaceOf(folder: string, database: string): Workspace {
  const workspace = createWorkspace(folder, database);
  const plan = join(folder, 'backup-plan.yaml');
  const text = readFileSync(plan, 'utf8');
  writeFileSync(plan, text.replace(/type: files\n {4}paths: \[(.*)\]/, 'type: sqlite\n    path: $1'));
  return workspace;
}

/** Of every snapshot, oldest first: all that lies on the target for it but its record. */
function storedBytes({ target }: Workspace): readonly number[] {
  const data = join(target, 'bench', 'data', 'data');
  return readdirSync(data)
    .sort()
    .map((id) => join(data, id))
    .map((snapshot) =>
      readdirSync(snapshot).reduce((sum, name) => sum + statSync(join(snapshot, name)).size, 0),
    );
}
