import { resolve } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';

export interface RcloneOptions {
  /** `name:path`, without a slash at its end. */
  readonly remote: string;
  /** `name:`, as rclone lists it. */
  readonly remoteName: string;
  /** Absolute. */
  readonly config: string | undefined;
  /** Name of a secret. */
  readonly configPassword: string | undefined;
  /** Everything that was written is read back, whatever hashes the store offers. */
  readonly readBack: boolean;
}

/**
 * A configured remote and a path, nothing else: rclone takes `:backend,option=…:` and `name,option=…:`
 * for remotes too, and some options run programs. No part of the path may climb.
 */
const REMOTE = '^[A-Za-z0-9_][A-Za-z0-9_.+@-]*:(?!(.*/)?\\.\\.(/|$))[^\\u0000-\\u001f\\u007f]*$';

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['remote'],
  properties: {
    remote: {
      type: 'string',
      maxLength: 1024,
      pattern: REMOTE,
      description:
        'A remote of your rclone configuration and a folder in it, as `name:path`. Remotes that are described in place (`:backend,option=value:path`) are refused, because their options can run programs: add a remote with `rclone config`.',
      examples: ['gcs:campfire-backups-prod', 'drive:backups/primary'],
    },
    config: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description:
        'The configuration file of rclone. A relative path starts at the folder of the plan file. It holds credentials, so it must belong to the user who runs this and be closed to all others (mode 0600). Without it, RCLONE_CONFIG and then the usual place of rclone count.',
      examples: ['/etc/backup/rclone.conf'],
    },
    configPassword: {
      type: 'string',
      'x-secret': true,
      description: 'Name of the secret that decrypts the configuration file, where it is encrypted.',
      examples: ['rclone-password'],
    },
    check: {
      type: 'string',
      enum: ['hash', 'content'],
      default: 'hash',
      description:
        'How an upload is checked: `hash` compares size and hash as the store tells them, and reads everything back only where it tells no hash; `content` always reads everything back.',
      examples: ['content'],
    },
  },
};

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject, planDirectory: string): RcloneOptions {
  const { remote, config, configPassword, check } = options as {
    readonly remote: string;
    readonly config?: string;
    readonly configPassword?: string;
    readonly check?: string;
  };
  return {
    remote: remote.replace(/\/+$/, ''),
    remoteName: remote.slice(0, remote.indexOf(':') + 1),
    config: config === undefined ? undefined : resolve(planDirectory, config),
    configPassword,
    readBack: check === 'content',
  };
}
