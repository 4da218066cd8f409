import type { Tools } from '../domain/command.ts';
import type { Failure } from '../domain/failure.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';

/** The variables of the person who runs this. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface KeyringRequest {
  readonly tools: Tools;
  readonly environment: Environment;
  /** A message with the session key packets of the bundle and without its body. */
  readonly message: Buffer;
  readonly passphraseFile: string | undefined;
  /** Why the keys at hand did not serve; stands where the keyring does not serve either. */
  readonly otherwise: Failure;
}

/** How a gpg of the user finds its home, agent and smart cards. */
const USER_ENVIRONMENT = [
  'HOME',
  'GNUPGHOME',
  'GPG_TTY',
  'TERM',
  'DISPLAY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
];

/** A person may have to find a card and type a PIN. */
const TIMEOUT_MS = 300_000;

/** Asks the user's own gpg for the session key alone, so that the data takes the same way as always. */
export async function sessionKeyFromKeyring({
  tools,
  environment,
  message,
  passphraseFile,
  otherwise,
}: KeyringRequest): Promise<Result<Uint8Array>> {
  if ((await tools.find('gpg')) === undefined) return failed(otherwise);
  const unlock =
    passphraseFile === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-file', passphraseFile];
  const asked = await tools.run(
    {
      argv: [
        'gpg',
        '--batch',
        '--no-auto-key-locate',
        '--status-fd',
        '1',
        '--show-session-key',
        ...unlock,
        '--decrypt',
      ],
      env: userEnvironment(environment),
      stdin: once(message),
    },
    { timeoutMs: TIMEOUT_MS },
  );
  if (!asked.ok) return asked;
  const status = asked.value.stdout.toString('latin1');
  const hex = /^\[GNUPG:\] SESSION_KEY 9:([0-9A-F]{64})$/m.exec(status)?.[1];
  if (hex !== undefined) return ok(Uint8Array.from(Buffer.from(hex, 'hex')));
  if (/^\[GNUPG:\] (BAD_PASSPHRASE|ERROR pkdecrypt_failed 11)/m.test(status)) {
    return failed(failure('BAD_PASSPHRASE', 'gpg could not unlock the private key of its keyring'));
  }
  return failed(otherwise);
}

function userEnvironment(environment: Environment): Record<string, string> {
  const known = USER_ENVIRONMENT.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
