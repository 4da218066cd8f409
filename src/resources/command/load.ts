import { failure, type Failure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LoadContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { chosenArtifacts } from './artifact-files.ts';
import { readEnvironment, resolveProgram } from './environment.ts';
import { feed } from './feed.ts';
import { readOptions } from './options.ts';

export function refusesLoad(options: JsonObject): Failure | undefined {
  if (options['proof'] !== undefined && readOptions(options).load !== undefined) return undefined;
  return failure('RESTORE_UNSUPPORTED', 'the plan does not say how to load artifacts into what is running', {
    hint: 'Give the resource a `restore.load` command, or restore into a new folder with --to.',
  });
}

/** The artifacts go in the order in which they were captured; the first that is refused ends it. */
export async function loadArtifacts(context: LoadContext): Promise<Result<RestoreOutcome>> {
  const refused = refusesLoad(context.options);
  if (refused !== undefined) return failed(refused);
  const { env, load } = readOptions(context.options);
  if (load === undefined) throw new Error('a load that was not refused has a command');
  const link = context.chain[context.chain.length - 1] ?? context.chain[0];
  const artifacts = await chosenArtifacts(link, context.only);
  if (!artifacts.ok) return artifacts;
  const environment = await readEnvironment(env, context.secrets);
  if (!environment.ok) return environment;
  const { env: plain, secretEnv } = environment.value;
  const argv = resolveProgram(load, context.planDirectory);
  let bytes = 0;
  for (const { artifact } of artifacts.value) {
    const own = { ...plain, BACKUP_PLAN_ARTIFACT: artifact };
    const fed = await feed(link, artifact, { argv, cwd: context.planDirectory, env: own, secretEnv });
    if (!fed.ok) return fed;
    bytes += fed.value.bytes;
  }
  return ok({ entries: artifacts.value.length, bytes, warnings: [] });
}
