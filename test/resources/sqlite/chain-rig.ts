import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mode } from '../../../src/domain/mode.ts';
import type { PipelineSink } from '../../../src/domain/pipeline.ts';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import type { CaptureContext, ChainLink, RestoreContext } from '../../../src/domain/resource-type.ts';
import { failure } from '../../../src/domain/failure.ts';
import { failed, ok } from '../../../src/domain/result.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import {
  capture,
  captureContext,
  pipelines,
  restore,
  temporaryFolder,
  type PlainRestore,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { valueOf } from '../../support/results.ts';

export function sql(path: string, text: string): string {
  return execFileSync('sqlite3', ['-batch', '-bail', path], { input: text, encoding: 'utf8' });
}

/** A snapshot, and the copy of the source that it must restore to. */
export interface Level {
  readonly id: string;
  readonly snapshot: PlainSnapshot;
  readonly source: string;
}

let snapshots = 0;

/** Captures the database at `path` as a full, or as the next level of a chain. */
export async function takeLevel(
  path: string,
  parent?: Level,
  rest: Partial<CaptureContext> & { readonly mode?: Mode } = {},
): Promise<Level> {
  const source = join(await temporaryFolder(), 'source.db');
  execFileSync('sqlite3', [path, 'BEGIN; SELECT count(*) FROM sqlite_master;', `.backup main ${source}`]);
  const mode = parent === undefined ? 'full' : 'incremental';
  const context = await captureContext(
    { path },
    { mode, ...(parent === undefined ? {} : { parent: parentOf(parent) }), ...rest },
  );
  snapshots += 1;
  return { id: `level-${String(snapshots)}`, snapshot: valueOf(await capture(sqliteType, context)), source };
}

export function parentOf({ snapshot }: Level): NonNullable<CaptureContext['parent']> {
  return { record: {} as SnapshotRecord, lines: linesOf(snapshot) };
}

async function* linesOf({ index }: PlainSnapshot): AsyncGenerator<Buffer> {
  yield* index;
}

export function linkOf({ id, snapshot }: Level): ChainLink {
  return {
    record: { snapshotId: id, chain: { mode: snapshot.mode, root: 'one', level: 0 } } as SnapshotRecord,
    index: () => Promise.resolve(ok(linesOf(snapshot))),
    deliver: (artifact: string, sink: PipelineSink) => {
      const path = snapshot.files.get(artifact);
      if (path === undefined) return Promise.resolve(failed(failure('NOT_FOUND', `no ${artifact}`)));
      const signal = new AbortController().signal;
      // In the place of decryption: a stage that may be stopped before it has written everything.
      const stages = [{ name: 'cat', command: { argv: ['cat'] } }] as const;
      return pipelines.run({ source: { kind: 'file', path }, stages, sink, signal });
    },
  };
}

export function restoreChain(
  chain: readonly [Level, ...Level[]],
  rest: Partial<RestoreContext> = {},
): Promise<PlainRestore> {
  const [first, ...later] = chain;
  return restore(sqliteType, first.snapshot, { chain: [linkOf(first), ...later.map(linkOf)], ...rest });
}

/** Digest of what the chain restores to; throws where it does not. */
export async function restoredDigest(chain: readonly [Level, ...Level[]]): Promise<string> {
  const { staging, result } = await restoreChain(chain);
  valueOf(result);
  return digestOf(join(staging, 'app.db'));
}

export async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** The same level with one of its artifacts replaced by a changed copy. */
export async function withArtifact(
  level: Level,
  artifact: string,
  change: (path: string) => Promise<void>,
): Promise<Level> {
  const path = join(await temporaryFolder(), artifact);
  await copyFile(level.snapshot.files.get(artifact) ?? '', path);
  await change(path);
  return {
    ...level,
    snapshot: { ...level.snapshot, files: new Map([...level.snapshot.files, [artifact, path]]) },
  };
}

/** `rows` rows of about 1 kB that do not compress. */
export function insertRows(rows: number): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(rows)})
    INSERT INTO t(x) SELECT randomblob(1000) FROM n;`;
}

/** A database in WAL mode with one table of these rows. */
export async function databaseOf(rows: number, pragmas = 'PRAGMA journal_mode=WAL;'): Promise<string> {
  const path = join(await temporaryFolder(), 'app.db');
  sql(path, `${pragmas} CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB); ${insertRows(rows)}`);
  return path;
}
