import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { TargetContext } from '../../domain/target.ts';
import type { RcloneOptions } from './options.ts';

/** What every rclone of one target gets. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly secretEnv: Readonly<Record<string, string>>;
}

/** Where remotes come from: one private file, and variables that describe remotes. */
export async function surroundingsOf(
  { environment, secrets }: TargetContext,
  { config, configPassword }: RcloneOptions,
): Promise<Result<Surroundings>> {
  const named = config ?? environment['RCLONE_CONFIG'];
  const path = await privateFile(named ?? usualPlace(environment), named !== undefined);
  if (!path.ok) return path;
  const password =
    configPassword === undefined ? ok(environment['RCLONE_CONFIG_PASS']) : await secrets.read(configPassword);
  if (!password.ok) return password;
  const { env, secretEnv } = passedOn(environment);
  return ok({
    env: { ...env, RCLONE_CONFIG: path.value },
    secretEnv: { ...secretEnv, ...(password.value !== undefined && { RCLONE_CONFIG_PASS: password.value }) },
  });
}

function usualPlace(environment: TargetContext['environment']): string {
  const home = environment['HOME'] ?? '/root';
  return join(environment['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'rclone', 'rclone.conf');
}

/** The path, or an empty one where there is no file and none was asked for: rclone reads none then. */
async function privateFile(path: string, isWanted: boolean): Promise<Result<string>> {
  const refuse = (why: string, hint?: string) =>
    failed(failure('SECRET_UNREADABLE', `${path} ${why}`, hint === undefined ? {} : { hint }));
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return refuse('is not a regular file');
      if (stats.uid !== process.geteuid?.() && stats.uid !== 0) return refuse('belongs to another user');
      if ((stats.mode & 0o077) !== 0) return refuse('can be read by others', `Run chmod 600 ${path}.`);
      return ok(path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT' && !isWanted) return ok('');
    return refuse(errno === 'ENOENT' ? 'does not exist' : `cannot be read (${errno})`);
  }
}

/**
 * Ways to the network, remotes that are described by variables, and what remotes that take their
 * credentials from the environment read. Nothing that changes how rclone behaves, and no AWS_CA_BUNDLE:
 * rclone 1.60 reaches no S3 store at all with it.
 */
const PASSED =
  /^(HOME|SSH_AUTH_SOCK|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|RCLONE_CONFIG_(?!PASS$|DIR$)\w+|(?!AWS_CA_BUNDLE$)(AWS|AZURE|GOOGLE|OS|ST|B2)_\w+)$/;
const SECRET = /pass|secret|token|key|cred|auth|sas|proxy/i;

function passedOn(environment: TargetContext['environment']): Surroundings {
  const env: Record<string, string> = {};
  const secretEnv: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !PASSED.test(name)) continue;
    const isSecret = SECRET.test(name) && name !== 'SSH_AUTH_SOCK';
    (isSecret ? secretEnv : env)[name] = value;
  }
  return { env, secretEnv };
}
