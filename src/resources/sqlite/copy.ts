import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { openMode, sourceFailure, type SourceFile } from './source-file.ts';
import { databaseUri, sqliteCommand } from './tool.ts';

type Surroundings = Pick<CaptureContext, 'tools' | 'signal' | 'scratch'>;

export interface DatabaseCopy {
  readonly path: string;
  readonly bytes: number;
}

/** A consistent copy in scratch that has passed `integrity_check`. */
export async function copyDatabase(
  context: Surroundings,
  source: SourceFile,
  busyTimeoutMs: number,
): Promise<Result<DatabaseCopy>> {
  const copy = await copyUnchecked(context, source, busyTimeoutMs);
  if (!copy.ok) return copy;
  const intact = await checkIntegrity(context, copy.value.path, `the copy of ${source.resolved}`);
  return intact.ok ? copy : intact;
}

/** Two copies of a database that nobody wrote to in between are the same bytes. */
export async function copyUnchecked(
  context: Surroundings,
  source: SourceFile,
  busyTimeoutMs: number,
): Promise<Result<DatabaseCopy>> {
  const path = join(context.scratch, 'copy.db');
  // Created here, so that it is private from its first byte.
  await (await open(path, 'wx', 0o600)).close();
  const command = backupCommand(source, busyTimeoutMs, context.scratch);
  const run = await context.tools.run(command, { signal: context.signal });
  if (!run.ok) return run;
  if (run.value.exitCode !== 0) return failed(sourceFailure(source, `copy ${source.resolved}`, run.value));
  const bytes = (await stat(path)).size;
  if (bytes === 0)
    return failed(failure('INCOMPLETE_OUTPUT', `sqlite3 made an empty copy of ${source.resolved}`));
  return ok({ path, bytes });
}

/**
 * One read transaction around the whole copy: without it every commit of a writer makes `.backup`
 * start again, which may never end.
 */
function backupCommand(source: SourceFile, busyTimeoutMs: number, scratch: string): Command {
  const statements = ['BEGIN; SELECT count(*) FROM sqlite_master;', '.backup main copy.db'];
  const uri = databaseUri(source.resolved, openMode(source));
  return { ...sqliteCommand(uri, statements, busyTimeoutMs), cwd: scratch };
}

/** `.backup` and `.dump` of a damaged database exit 0, so this check is what counts. */
export async function checkIntegrity(
  context: Pick<CaptureContext, 'tools' | 'signal'>,
  path: string,
  what: string,
): Promise<Result<void>> {
  const command = sqliteCommand(databaseUri(path, 'immutable=1'), ['PRAGMA integrity_check(20);']);
  const run = await context.tools.run(command, { signal: context.signal });
  if (!run.ok) return run;
  const answer = run.value.stdout.toString('utf8').trim();
  if (run.value.exitCode === 0 && answer === 'ok') return ok();
  const toolOutput = `${answer}\n${run.value.stderr}`.trim();
  return failed(failure('SOURCE_CORRUPT', `integrity_check of ${what} found damage`, { toolOutput }));
}
