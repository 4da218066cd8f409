import { resolve } from 'node:path';
import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import { HOST_KEY_PATTERN, parseHostKey, type PinnedKey } from './host-key.ts';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As the plan names it; relative to the folder in which the account logs in. */
  readonly path: string;
  readonly hostKeys: readonly PinnedKey[];
  readonly login: Login;
}

/** Exactly one way to log in. Strings are names of secrets. */
export type Login =
  | { readonly by: 'file'; readonly path: string; readonly passphrase: string | undefined }
  | { readonly by: 'key'; readonly key: string; readonly passphrase: string | undefined }
  | { readonly by: 'password'; readonly password: string }
  | { readonly by: 'agent' };

const hostKeyLine: JsonObject = { type: 'string', maxLength: 2048, pattern: HOST_KEY_PATTERN };

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'user', 'path', 'hostKey'],
  properties: {
    host: {
      type: 'string',
      maxLength: 255,
      pattern:
        '^([A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?)$',
      description: 'Name or address of the SSH server. Aliases of ~/.ssh/config are not read.',
      examples: ['backup.example.com', '2001:db8::22'],
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      default: 22,
      description: 'TCP port of the SSH server.',
      examples: [22, 23],
    },
    user: {
      type: 'string',
      maxLength: 128,
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$',
      description:
        'Account that logs in. It needs no shell: an account for SFTP alone, locked into its folder, is best.',
      examples: ['backup', 'u123456-sub1'],
    },
    path: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[^\\u0000]+$',
      description:
        'Folder on the server that holds the snapshots. A relative path starts at the folder in which the account logs in.',
      examples: ['primary', '/srv/backups/primary'],
    },
    hostKey: {
      description:
        'Public host key of the server, or several, as in /etc/ssh/ssh_host_ed25519_key.pub or as the provider publishes it. A server that shows another key is refused before anything is sent. `ssh-keyscan HOST` prints candidates: compare them with what the administrator says.',
      examples: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsIHwEPVNrPVGXnRfmBKbFAnXaTHmsWfUzq2oVQ9fYn'],
      anyOf: [hostKeyLine, { type: 'array', minItems: 1, maxItems: 16, items: hostKeyLine }],
    },
    identityFile: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description:
        'File with the private key. A relative path starts at the folder of the plan file. It must belong to the user who runs this and be closed to all others (mode 0600).',
      examples: ['keys/id_ed25519', '/etc/backup/id_ed25519'],
    },
    key: {
      type: 'string',
      'x-secret': true,
      description: 'Name of the secret that holds the private key itself, in OpenSSH or PEM format.',
      examples: ['offsiteKey'],
    },
    passphrase: {
      type: 'string',
      'x-secret': true,
      description: 'Name of the secret with the passphrase of the private key, where it has one.',
      examples: ['offsitePassphrase'],
    },
    password: {
      type: 'string',
      'x-secret': true,
      description: 'Name of the secret with the password of the account. A key is safer.',
      examples: ['offsitePassword'],
    },
    agent: {
      const: true,
      description: 'Log in with a key of the SSH agent that SSH_AUTH_SOCK names.',
      examples: [true],
    },
  },
};

/** `options` are valid against the schema; `checkOptions` has no error. */
export function readOptions(options: JsonObject, planDirectory: string): SftpOptions {
  const given = options as unknown as GivenOptions;
  return {
    host: given.host,
    port: given.port ?? 22,
    user: given.user,
    path: given.path,
    hostKeys: hostKeyLines(given).flatMap((line) => parseHostKey(line) ?? []),
    login: loginOf(given, planDirectory),
  };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const given = options as unknown as GivenOptions;
  return [...checkHostKeys(given), ...checkLogin(given)];
}

function checkHostKeys(given: GivenOptions): Finding[] {
  return hostKeyLines(given).flatMap((line, index) => {
    if (parseHostKey(line) !== undefined) return [];
    const path = typeof given.hostKey === 'string' ? ['hostKey'] : ['hostKey', index];
    const help = 'Copy the whole line of the public key file: type, one space, base64.';
    return [invalid('this is no public host key of the type it begins with', path, help)];
  });
}

function checkLogin(given: GivenOptions): Finding[] {
  const ways = LOGINS.filter((way) => given[way] !== undefined);
  const help = `Give exactly one of ${LOGINS.join(', ')}.`;
  if (ways.length === 0) return [invalid('nothing says how to log in', ['user'], help)];
  const [first = 'key', second] = ways;
  if (second !== undefined) return [invalid(`${first} and ${second} exclude each other`, [second], help)];
  const hasKey = first === 'identityFile' || first === 'key';
  if (given.passphrase === undefined || hasKey) return [];
  return [invalid('there is no private key that this could open', ['passphrase'], help)];
}

function invalid(message: string, path: Finding['path'], help: string): Finding {
  return { code: 'BP1190', severity: 'error', message, path, help };
}

const LOGINS = ['identityFile', 'key', 'password', 'agent'] as const;

interface GivenOptions {
  readonly host: string;
  readonly port?: number;
  readonly user: string;
  readonly path: string;
  readonly hostKey: string | readonly string[];
  readonly identityFile?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly password?: string;
  readonly agent?: true;
}

function hostKeyLines({ hostKey }: GivenOptions): readonly string[] {
  return typeof hostKey === 'string' ? [hostKey] : hostKey;
}

function loginOf({ identityFile, key, passphrase, password }: GivenOptions, planDirectory: string): Login {
  if (identityFile !== undefined)
    return { by: 'file', path: resolve(planDirectory, identityFile), passphrase };
  if (key !== undefined) return { by: 'key', key, passphrase };
  return password === undefined ? { by: 'agent' } : { by: 'password', password };
}
