import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Failure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LoadContext, PathMapping, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ArchiveContents } from './archive-contents.ts';
import { createArchiveScanner } from './archive-scanner.ts';
import { chooseEntries } from './choose-entries.ts';
import { connectionEnvironment, toDatabase, type Environment } from './connection.ts';
import { meansDatabase } from './entries.ts';
import {
  createBeside,
  createMissing,
  dropBeside,
  dropStrangers,
  strangersIn,
  strangersWarning,
} from './live-database.ts';
import { readOptions, type PostgresqlOptions } from './options.ts';
import { restoreCommand, type Extent } from './restore-command.ts';
import { newestLink } from './restore.ts';
import { readParts, type SnapshotDatabase } from './snapshot-facts.ts';
import { toolFailure } from './tool.ts';

export function refusesLoad(options: JsonObject): Failure | undefined {
  if (Object.keys(options).length > 0) return undefined;
  return failure('RESTORE_UNSUPPORTED', 'the plan does not say how to reach the live server', {
    hint: 'Restore into a new folder with --to.',
  });
}

/** Database by database; one that fails leaves the later ones as they are. */
export async function loadDumps(context: LoadContext): Promise<Result<RestoreOutcome>> {
  const { only, secrets, staging } = context;
  const link = newestLink(context);
  const { mode } = link.record.chain;
  if (mode !== 'full') {
    const hint = 'Restore it into a new folder with --to, and use pg_restore on what you need.';
    const message = `a ${mode} snapshot is not loaded over a live database`;
    return failed(failure('RESTORE_UNSUPPORTED', message, { hint }));
  }
  const parts = await readParts(link);
  if (!parts.ok) return parts;
  const options = readOptions(context.options);
  const environment = await connectionEnvironment(options.connection, secrets);
  if (!environment.ok) return environment;
  const total = { entries: 0, bytes: 0, warnings: [...globalsWarning(parts.value.globals?.file, only)] };
  const targets = targetsOf(parts.value.databases, context.map);
  if (!targets.ok) return targets;
  for (const { database, target, beside } of targets.value) {
    const path = join(staging, database.file);
    const order: LoadOrder = {
      context,
      options,
      environment: toDatabase(environment.value, target),
      database,
      target,
      beside,
      path,
      whole: parts.value.whole,
    };
    const loaded = await loadOne(order);
    if (!loaded.ok) return loaded;
    total.entries += loaded.value.entries;
    total.bytes += loaded.value.bytes;
    total.warnings.push(...loaded.value.warnings);
  }
  if (total.entries > 0) return ok(total);
  return failed(failure('NOT_FOUND', `the snapshot has no ${only.join(', ')} that can be loaded`));
}

function globalsWarning(file: string | undefined, only: readonly string[]): readonly string[] {
  if (file === undefined || only.length > 0) return [];
  return [`roles and tablespaces are left as they are; restore --to FOLDER gives ${file} for psql`];
}

interface Target {
  readonly database: SnapshotDatabase;
  readonly target: string;
  readonly beside: boolean;
}

/** With a mapping only what it names is loaded, each database under its new name. */
function targetsOf(
  databases: readonly SnapshotDatabase[],
  map: readonly PathMapping[] = [],
): Result<readonly Target[]> {
  if (map.length === 0)
    return ok(databases.map((database) => ({ database, target: database.name, beside: false })));
  const targets: Target[] = [];
  for (const { from, to } of map) {
    const database = databases.find(({ name }) => name === from);
    if (database === undefined) return failed(failure('NOT_FOUND', `the snapshot has no database "${from}"`));
    targets.push({ database, target: to, beside: true });
  }
  return ok(targets);
}

export interface LoadOrder {
  readonly context: LoadContext;
  readonly options: PostgresqlOptions;
  /** Names the live database. */
  readonly environment: Environment;
  readonly database: SnapshotDatabase;
  /** Name of the live database. */
  readonly target: string;
  /** It is a new one. */
  readonly beside: boolean;
  /** The staged dump. */
  readonly path: string;
  readonly whole: boolean;
}

async function loadOne(order: LoadOrder): Promise<Result<RestoreOutcome>> {
  const { context, database, path } = order;
  const size = await stat(path).then(
    (facts) => facts.size,
    () => undefined,
  );
  // Nothing of it was asked for, so it was not staged.
  if (size === undefined) return ok({ entries: 0, bytes: 0, warnings: [] });
  const contents = await contentsOf(path);
  if (!contents.ok) return contents;
  const isWhole = meansDatabase(database.name, context.only);
  const chosen = isWhole ? undefined : chooseEntries(contents.value, database.name, context.only);
  if (chosen?.length === 0) return ok({ entries: 0, bytes: 0, warnings: [] });
  const created = await (order.beside ? createBeside : createMissing)(order, contents.value);
  if (!created.ok) return created;
  const found = isWhole && order.whole && !order.beside ? await strangersIn(order, contents.value) : ok([]);
  if (!found.ok) return found;
  const strangers = found.value;
  const done = await restoreInto(order, { strangers, ...(chosen === undefined ? {} : { chosen }) });
  if (!done.ok && order.beside) await dropBeside(order);
  if (!done.ok) return done;
  return ok({
    entries: chosen?.length ?? contents.value.entries.length,
    bytes: size,
    warnings: strangersWarning(database.name, strangers),
  });
}

async function restoreInto(order: LoadOrder, extent: Extent): Promise<Result<void>> {
  const { context, target, options } = order;
  if (extent.strangers.length > 0 && options.restore.jobs > 1) {
    const dropped = await dropStrangers(order, extent.strangers);
    if (!dropped.ok) return dropped;
  }
  const { command, ending = '' } = await restoreCommand(order, extent);
  const run = await context.tools.run(command, { signal: context.signal });
  if (!run.ok) return run;
  const { exitCode, stderr, stdout } = run.value;
  const isDone = exitCode === 0 && !/errors ignored on restore/.test(stderr);
  if (isDone && stdout.toString('utf8').endsWith(ending)) return ok();
  return failed(loadFailure(order, toolFailure('RESTORE_FAILED', `loading ${target}`, run.value)));
}

/** From the staged file, which is proven whole: only its head is read. */
async function contentsOf(path: string): Promise<Result<ArchiveContents>> {
  const scanner = createArchiveScanner();
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    scanner.push(chunk);
    const contents = scanner.contents();
    if (contents !== undefined) return ok(contents);
  }
  return failed(failure('CORRUPT', `the dump cannot be read: ${scanner.flaw() ?? 'it has no contents'}`));
}

function loadFailure({ options, database, beside, target }: LoadOrder, why: Failure): Failure {
  if (beside) return { ...why, message: `${why.message}; ${target} is dropped again` };
  if (options.restore.jobs === 1) {
    return { ...why, message: `${why.message}; ${database.name} is as it was` };
  }
  return { ...why, message: `${why.message}; ${database.name} is restored in part` };
}
