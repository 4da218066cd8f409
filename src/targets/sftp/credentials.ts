import { readFile, stat } from 'node:fs/promises';
import type { ConnectConfig } from 'ssh2';
import type { TargetContext } from '../../domain/target.ts';
import type { Login } from './options.ts';
import { Refusal } from './refusal.ts';

export type Credentials = Pick<
  ConnectConfig,
  'privateKey' | 'passphrase' | 'password' | 'agent' | 'tryKeyboard'
>;

/** What ssh2 needs to log in. Read when a connection is made, never before. */
export async function readCredentials(login: Login, context: TargetContext): Promise<Credentials> {
  switch (login.by) {
    case 'file':
      return { privateKey: await readIdentity(login.path), ...(await passphraseOf(login, context)) };
    case 'key':
      return { privateKey: await readSecret(login.key, context), ...(await passphraseOf(login, context)) };
    case 'password':
      // Many servers ask for the password in a dialogue of one question.
      return { password: await readSecret(login.password, context), tryKeyboard: true };
    case 'agent':
      return { agent: agentOf(context) };
  }
}

async function passphraseOf(
  { passphrase }: { readonly passphrase: string | undefined },
  context: TargetContext,
): Promise<Credentials> {
  return passphrase === undefined ? {} : { passphrase: await readSecret(passphrase, context) };
}

async function readSecret(name: string, { secrets }: TargetContext): Promise<string> {
  const read = await secrets.read(name);
  if (read.ok) return read.value;
  throw new Refusal(read.failure.code, read.failure.message, read.failure.hint);
}

async function readIdentity(path: string): Promise<Buffer> {
  try {
    const { mode, uid } = await stat(path);
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new Refusal('TARGET_AUTH', `${path} is open to others (mode ${shown})`, `Run: chmod 600 ${path}`);
    }
    if (uid !== process.geteuid?.() && uid !== 0)
      throw new Refusal('TARGET_AUTH', `${path} belongs to another user`, 'Make it your own, or root’s.');
    return await readFile(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(
      'TARGET_AUTH',
      `${path} cannot be read: ${code ?? 'unknown error'}`,
      'Check identityFile.',
    );
  }
}

function agentOf({ environment }: TargetContext): string {
  const socket = environment['SSH_AUTH_SOCK'];
  if (socket !== undefined && socket !== '') return socket;
  throw new Refusal('TARGET_AUTH', 'SSH_AUTH_SOCK is not set', 'Start an agent, or name an identityFile.');
}
