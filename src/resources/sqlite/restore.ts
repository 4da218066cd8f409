import { chmod, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { checkIntegrity } from './copy.ts';
import { sqliteFailure } from './tool.ts';

/**
 * A full and a dump become the database again, a schema becomes a file of SQL. Nothing takes the
 * final name before it has passed its check.
 */
export async function restoreDatabase(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  if (context.only.length > 0) {
    return failed(
      failure('RESTORE_UNSUPPORTED', 'a database can only be restored whole', { hint: 'Leave --only out.' }),
    );
  }
  const link = context.chain[context.chain.length - 1] ?? context.chain[0];
  const name = await fileName(link);
  if (!name.ok) return name;
  const { mode } = link.record.chain;
  const path = join(context.staging, mode === 'schema' ? `${name.value}.sql` : name.value);
  const partial = join(context.staging, '.restoring');
  const placed = mode === 'dump' ? await rebuild(context, link, partial) : await fetchFile(link, partial);
  if (!placed.ok) return placed;
  const intact = mode === 'schema' ? ok() : await checkRestored(context, partial);
  if (!intact.ok) return intact;
  await chmod(partial, 0o600);
  await rename(partial, path);
  return ok({ entries: 1, bytes: (await stat(path)).size, warnings: [] });
}

/** The base name of the captured database, from the snapshot itself: a restore may have no plan. */
async function fileName(link: ChainLink): Promise<Result<string>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  for await (const header of lines.value) {
    const { facts } = JSON.parse(header.toString('utf8')) as {
      readonly facts?: { readonly fileName?: unknown };
    };
    const name = facts?.fileName;
    if (typeof name === 'string' && isPlainName(name)) return ok(name);
    break;
  }
  return failed(failure('CORRUPT', 'the index names no file for the database'));
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

async function fetchFile(link: ChainLink, path: string): Promise<Result<void>> {
  const delivered = await link.deliver('database', { kind: 'file', path });
  return delivered.ok ? ok() : delivered;
}

/** In safe mode a dump cannot run programs or open other files. */
async function rebuild(context: RestoreContext, link: ChainLink, path: string): Promise<Result<void>> {
  await (await open(path, 'wx', 0o600)).close();
  const argv = ['sqlite3', '-batch', '-bail', '-safe', '-init', '/dev/null', path] as const;
  const command = { argv, cwd: context.staging };
  const delivered = await link.deliver('database', { kind: 'command', command });
  if (!delivered.ok) return delivered;
  const outcome = delivered.value.sink;
  if (outcome?.exitCode === 0) return ok();
  return failed(
    sqliteFailure('RESTORE_FAILED', 'rebuild the database', outcome ?? { stderr: '', durationMs: 0 }),
  );
}

async function checkRestored(context: RestoreContext, path: string): Promise<Result<void>> {
  const intact = await checkIntegrity(context, path, 'the restored database');
  if (intact.ok || intact.failure.code !== 'SOURCE_CORRUPT') return intact;
  return failed({ ...intact.failure, code: 'CORRUPT' });
}
