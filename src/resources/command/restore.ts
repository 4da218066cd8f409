import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readEnvironment, resolveProgram } from './environment.ts';
import { readOptions } from './options.ts';

/**
 * Without `restore.command` every artifact becomes a file. With it the command runs once for each
 * artifact in the staging folder, and what it leaves there is the restored resource.
 */
export async function restoreArtifacts(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  const link = context.chain[context.chain.length - 1] ?? context.chain[0];
  const command = context.options['restore'] === undefined ? undefined : readOptions(context.options).restore;
  const names = await fileNames(link);
  if (!names.ok) return names;
  const wanted = [...names.value].filter(
    ([, file]) => context.only.length === 0 || context.only.includes(file),
  );
  if (wanted.length === 0) return failed(failure('NOT_FOUND', 'no artifact of the snapshot has such a name'));
  for (const [artifact, file] of wanted) {
    const done =
      command === undefined
        ? await link.deliver(artifact, { kind: 'file', path: join(context.staging, file) })
        : await runRestore(context, { link, artifact, command });
    if (!done.ok) return done;
  }
  return measure(context.staging);
}

interface CommandRestore {
  readonly link: ChainLink;
  readonly artifact: string;
  readonly command: readonly [string, ...string[]];
}

async function runRestore(
  context: RestoreContext,
  { link, artifact, command }: CommandRestore,
): Promise<Result<void>> {
  const environment = await readEnvironment(readOptions(context.options).env, context.secrets);
  if (!environment.ok) return environment;
  const argv = resolveProgram(command, context.planDirectory);
  const env = {
    ...environment.value.env,
    BACKUP_PLAN_DESTINATION: context.staging,
    BACKUP_PLAN_ARTIFACT: artifact,
  };
  const delivered = await link.deliver(artifact, {
    kind: 'command',
    command: { argv, cwd: context.staging, env, secretEnv: environment.value.secretEnv },
  });
  if (!delivered.ok) return delivered;
  const { exitCode, signal, stderr = '' } = delivered.value.sink ?? {};
  if (exitCode === 0) return ok();
  const end = signal === undefined ? `exited ${String(exitCode)}` : `was killed by ${signal}`;
  const rest = stderr === '' ? {} : { toolOutput: stderr };
  return failed(
    failure('RESTORE_FAILED', `${basename(argv[0])} ${end} while it read artifact ${artifact}`, rest),
  );
}

/** Artifact → file, from the snapshot itself: a restore may have no plan. */
async function fileNames(link: ChainLink): Promise<Result<ReadonlyMap<string, string>>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  for await (const header of lines.value) {
    const { facts } = JSON.parse(header.toString('utf8')) as {
      readonly facts?: { readonly fileNames?: object };
    };
    const names = new Map<string, string>(Object.entries(facts?.fileNames ?? {}));
    if (names.size > 0 && [...names.values()].every(isPlainName)) return ok(names);
    break;
  }
  return failed(failure('CORRUPT', 'the index names no files for the artifacts'));
}

function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name);
}

async function measure(staging: string): Promise<Result<RestoreOutcome>> {
  const names = await readdir(staging, { recursive: true });
  let bytes = 0;
  for (const name of names) {
    const facts = await lstat(join(staging, name));
    if (facts.isFile()) bytes += facts.size;
  }
  if (names.length > 0) return ok({ entries: names.length, bytes, warnings: [] });
  const hint = 'The command must write below BACKUP_PLAN_DESTINATION, which is also its working directory.';
  return failed(failure('RESTORE_FAILED', 'the restore command left nothing in its directory', { hint }));
}
