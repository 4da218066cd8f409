import { chmod, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readChain, type ChainLevel } from './chain.ts';
import { checkIntegrity } from './copy.ts';
import { fingerprintOf } from './page-blocks.ts';
import { replayLevel } from './replay.ts';
import { sqliteFailure } from './tool.ts';

/**
 * A chain and a dump become the database again, a schema becomes a file of SQL. Nothing takes the
 * final name before it has passed its check.
 */
export async function restoreDatabase(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  if (context.only.length > 0) {
    return failed(
      failure('RESTORE_UNSUPPORTED', 'a database can only be restored whole', { hint: 'Leave --only out.' }),
    );
  }
  const chain = await readChain(context);
  if (!chain.ok) return chain;
  const { link, facts } = chain.value.at(-1) ?? chain.value[0];
  if (facts.fileName === undefined || !isPlainName(facts.fileName)) {
    return failed(failure('CORRUPT', 'the index names no file for the database'));
  }
  const { mode } = link.record.chain;
  const partial = join(context.staging, '.restoring');
  const placed =
    mode === 'dump' ? await rebuild(context, link, partial) : await assemble(context, chain.value, partial);
  if (!placed.ok) return placed;
  const intact = mode === 'schema' ? ok() : await checkRestored(context, partial);
  if (!intact.ok) return intact;
  const owned = await setOwnership(context, partial);
  if (!owned.ok) return owned;
  const path = join(context.staging, mode === 'schema' ? `${facts.fileName}.sql` : facts.fileName);
  await rename(partial, path);
  return ok({ entries: 1, bytes: (await stat(path)).size, warnings: [] });
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** The bytes of the full, with the changed pages of every later level over them. */
async function assemble(
  { scratch }: RestoreContext,
  [full, ...later]: readonly [ChainLevel, ...ChainLevel[]],
  path: string,
): Promise<Result<void>> {
  const delivered = await full.link.deliver('database', { kind: 'file', path });
  if (!delivered.ok) return delivered;
  for (const { link } of later) {
    const replayed = await replayLevel(link, path, scratch);
    if (!replayed.ok) return replayed;
  }
  const last = later.at(-1);
  return last === undefined ? ok() : checkAssembled(last, path);
}

async function checkAssembled({ link, facts }: ChainLevel, path: string): Promise<Result<void>> {
  const { snapshotId } = link.record;
  if (facts.copy === undefined) {
    return failed(failure('CORRUPT', `the index of ${snapshotId} does not say what a restore must give`));
  }
  const { sha256 } = await fingerprintOf(path);
  if (sha256 === facts.copy.sha256) return ok();
  return failed(
    failure('CORRUPT', `the levels of the chain do not add up to the database of snapshot ${snapshotId}`),
  );
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

async function setOwnership(context: RestoreContext, path: string): Promise<Result<void>> {
  const { owner, fileMode = 0o600, tools, signal } = context;
  if (owner !== undefined) {
    const run = await tools.run({ argv: ['chown', '--', owner, path] }, { signal });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) {
      const toolOutput = run.value.stderr;
      return failed(failure('RESTORE_FAILED', `the database cannot be given to ${owner}`, { toolOutput }));
    }
  }
  await chmod(path, fileMode);
  return ok();
}
