import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { chosenArtifacts } from './artifact-files.ts';
import { readEnvironment, resolveProgram } from './environment.ts';
import { feed } from './feed.ts';
import { readOptions } from './options.ts';

/**
 * Without `restore.command` every artifact becomes a file. With it the command runs once for each
 * artifact in the staging folder, and what it leaves there is the restored resource.
 */
export async function restoreArtifacts(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  const link = context.chain[context.chain.length - 1] ?? context.chain[0];
  const command = context.options['restore'] === undefined ? undefined : readOptions(context.options).restore;
  const chosen = await chosenArtifacts(link, context.only);
  if (!chosen.ok) return chosen;
  for (const { artifact, file } of chosen.value) {
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
  { options, secrets, planDirectory, staging }: RestoreContext,
  { link, artifact, command }: CommandRestore,
): Promise<Result<unknown>> {
  const environment = await readEnvironment(readOptions(options).env, secrets);
  if (!environment.ok) return environment;
  const { env: plain, secretEnv } = environment.value;
  const argv = resolveProgram(command, planDirectory);
  const env = { ...plain, BACKUP_PLAN_DESTINATION: staging, BACKUP_PLAN_ARTIFACT: artifact };
  return feed(link, artifact, { argv, cwd: staging, env, secretEnv });
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
