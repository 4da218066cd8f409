import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Setting } from './bench.ts';
import { makeDataSet } from './data.ts';
import { full } from './full.ts';
import { measure } from './measure.ts';
import { inPlace } from './in-place.ts';
import { manySnapshots } from './many-snapshots.ts';
import { memory } from './memory.ts';
import { planning } from './planning.ts';
import { table, writeTable, type Row } from './report.ts';
import { postgresql } from './postgresql.ts';
import { restore } from './restore.ts';
import { s3Straight } from './s3-straight.ts';
import { s3Upload } from './s3-upload.ts';
import { sftpUpload } from './sftp-upload.ts';
import { sqliteIncremental } from './sqlite-incremental.ts';
import { startup } from './startup.ts';
import { threeTargets } from './three-targets.ts';
import { unchanged } from './unchanged.ts';
import { verify } from './verify.ts';
import { createWorkspace } from './workspace.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  startup,
  planning,
  full,
  unchanged,
  restore,
  'in-place': inPlace,
  verify,
  sqlite: sqliteIncremental,
  postgresql,
  memory,
  'sftp-upload': sftpUpload,
  's3-upload': s3Upload,
  's3-straight': s3Straight,
  'three-targets': threeTargets,
  'many-snapshots': manySnapshots,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: '/var/tmp/backup-plan-bench' },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    large: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = chosen.filter((name) => !(name in BENCHES));
if (unknown.length > 0)
  throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);

const scale = Number(values.scale);
const folder = join(resolve(values.folder), `scale-${values.scale}`);
mkdirSync(folder, { recursive: true });
const workspace = createWorkspace(folder, makeDataSet(folder, scale));
// Makes the target, takes the first snapshot and fills the page cache.
await measure(workspace.backupPlan('apply', '--yes'));

const setting: Setting = { workspace, folder, rounds: Number(values.rounds), scale, isLarge: values.large };
const rows: Row[] = [];
for (const name of chosen) {
  console.error(name);
  rows.push(...((await BENCHES[name]?.(setting)) ?? []));
}
console.log(table(rows));
if (values.write) writeTable(resolve('bench/README.md'), caption(), rows);
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;

function caption(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1e9)} GB`;
  return `backup-plan ${version}, Node ${process.versions.node}, ${machine}, scale ${values.scale}, best of ${values.rounds}.`;
}
