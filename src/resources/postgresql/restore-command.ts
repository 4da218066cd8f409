import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../../domain/command.ts';
import type { LoadContext } from '../../domain/resource-type.ts';
import { databaseArgument } from './connection.ts';
import type { Stranger } from './live-database.ts';
import type { LoadOrder } from './load.ts';

/** What is loaded of a dump. */
export interface Extent {
  /** Ids of entries; all of them where absent. */
  readonly chosen?: readonly number[];
  /** To be dropped before. */
  readonly strangers: readonly Stranger[];
}

export interface RestoreCommand {
  readonly command: Command;
  /** What stdout ends with when everything has been committed; an exit code of 0 says it where absent. */
  readonly ending?: string;
}

/** With one connection everything happens in one transaction, or nothing. */
export async function restoreCommand(order: LoadOrder, extent: Extent): Promise<RestoreCommand> {
  const { context, options, environment, target, path } = order;
  const { chosen, strangers } = extent;
  if (strangers.length > 0 && options.restore.jobs === 1) return replacing(order, strangers);
  const list = chosen === undefined ? undefined : await writeList(context, chosen);
  const { PGDATABASE: _byArgument, ...env } = environment.env;
  const isOne = options.restore.jobs === 1 || list !== undefined;
  const command: Command = {
    argv: [
      'pg_restore',
      '--no-password',
      '--exit-on-error',
      ...settings(order),
      isOne ? '--single-transaction' : `--jobs=${String(options.restore.jobs)}`,
      ...(list === undefined ? [] : ['--use-list', list]),
      databaseArgument(target),
      path,
    ],
    env,
    secretEnv: environment.secretEnv,
    inputs: list === undefined ? [path] : [path, list],
  };
  return { command };
}

function settings({ options: { restore } }: LoadOrder): readonly string[] {
  return [
    '--clean',
    '--if-exists',
    ...(restore.noOwner ? ['--no-owner'] : []),
    ...(restore.noPrivileges ? ['--no-privileges'] : []),
  ];
}

/** pg_restore reads the number at the beginning of each line. */
async function writeList({ scratch }: LoadContext, ids: readonly number[]): Promise<string> {
  const path = join(scratch, 'entries.list');
  await writeFile(path, ids.map((id) => `${String(id)};\n`).join(''), { mode: 0o600 });
  return path;
}

const ENDING = 'backup-plan: committed';

/**
 * pg_restore cannot drop what its archive does not have, so it writes a script for psql here. Where it
 * fails there is no COMMIT; psql then exits 0 all the same, and only the ending says that there was one.
 */
const REPLACE = `
first=$1 dump=$2
shift 2
{
  echo 'BEGIN;'
  cat "$first"
  pg_restore --file=- "$@" "$dump" && printf '\\nCOMMIT;\\n\\\\echo ${ENDING}\\n'
} | psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 --output=/dev/null
`.trim();

async function replacing(order: LoadOrder, strangers: readonly Stranger[]): Promise<RestoreCommand> {
  const { context, environment, path } = order;
  const first = join(context.scratch, 'first.sql');
  await writeFile(first, strangers.map(({ drop }) => `${drop}\n`).join(''), { mode: 0o600 });
  const command: Command = {
    argv: ['sh', '-c', REPLACE, 'sh', first, path, ...settings(order)],
    env: { ...environment.env, PGCLIENTENCODING: 'UTF8' },
    secretEnv: environment.secretEnv,
    inputs: [first, path],
  };
  return { command, ending: `${ENDING}\n` };
}
