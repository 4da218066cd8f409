import { resolve } from 'node:path';
import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';

const tlsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  description: 'Talk TLS to the server. `{}` trusts what the machine trusts.',
  examples: [{ ca: '/etc/redis/ca.pem' }],
  properties: {
    ca: {
      type: 'string',
      minLength: 1,
      description:
        'File with the certificates that are trusted, in PEM. A relative path starts at the folder of the plan.',
      examples: ['/etc/redis/ca.pem'],
    },
    certificate: {
      type: 'string',
      minLength: 1,
      description: 'File with the certificate of this client, in PEM.',
      examples: ['/etc/redis/client.pem'],
    },
    key: {
      type: 'string',
      minLength: 1,
      description: 'File with the private key of this client, in PEM.',
      examples: ['/etc/redis/client.key'],
    },
    serverName: {
      type: 'string',
      minLength: 1,
      description: 'Name that is asked for (SNI), where it is not the host.',
      examples: ['redis.internal'],
    },
  },
};

const connectionSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  description: 'Where the server listens, and as whom to talk to it.',
  examples: [{ host: '127.0.0.1', port: 6379, password: 'redis' }],
  properties: {
    host: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description: 'Host name or address.',
      examples: ['127.0.0.1', 'redis.internal'],
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      default: 6379,
      description: 'TCP port.',
      examples: [6379],
    },
    socket: {
      type: 'string',
      minLength: 1,
      description: 'Unix socket, instead of host and port. A relative path starts at the folder of the plan.',
      examples: ['/run/redis/redis-server.sock'],
    },
    user: {
      type: 'string',
      minLength: 1,
      description:
        'User of the ACL; the default user where absent. A backup needs the commands INFO, SYNC, PSYNC and REPLCONF.',
      examples: ['backup'],
    },
    password: {
      type: 'string',
      'x-secret': true,
      description: 'Name of a secret under `secrets`. It is handed to redis-cli in its environment.',
      examples: ['redis'],
    },
    tls: tlsSchema,
  },
};

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    connection: connectionSchema,
    file: {
      type: 'string',
      minLength: 1,
      description:
        'The dump that the server reads when it starts (`dir` and `dbfilename` of redis.conf). With it `restore --in-place` replaces this file while the server is stopped; without it the running server is told to copy a restored one.',
      examples: ['/var/lib/redis/dump.rdb'],
    },
    restore: {
      type: 'object',
      additionalProperties: false,
      description: 'How a running server is restored.',
      examples: [{ address: '10.0.0.7' }],
      properties: {
        address: {
          type: 'string',
          pattern: '^[0-9A-Za-z.:-]+$',
          default: '127.0.0.1',
          description:
            'Address of this machine as the server sees it. The server connects to it to copy the restored data, protected by a password of one use, without TLS.',
          examples: ['10.0.0.7'],
        },
      },
    },
  },
};

export interface RedisOptions {
  readonly connection: ConnectionOptions;
  readonly file?: string;
  readonly restore?: { readonly address?: string };
}

export interface ConnectionOptions {
  readonly host?: string;
  readonly port?: number;
  readonly socket?: string;
  readonly user?: string;
  /** Name of a secret. */
  readonly password?: string;
  readonly tls?: {
    readonly ca?: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly serverName?: string;
  };
}

/** `options` are valid against the schema; relative paths start at the folder of the plan. */
export function readOptions(options: JsonObject, planDirectory: string): RedisOptions {
  const { connection = {}, file, restore } = options as Partial<RedisOptions>;
  return {
    connection: withPaths(connection, planDirectory),
    ...(file === undefined ? {} : { file: resolve(planDirectory, file) }),
    ...(restore === undefined ? {} : { restore }),
  };
}

function withPaths({ tls, ...rest }: ConnectionOptions, planDirectory: string): ConnectionOptions {
  const placed = <Key extends string>(
    paths: Readonly<Partial<Record<Key, string>>>,
    names: readonly Key[],
  ): Partial<Record<Key, string>> =>
    Object.fromEntries(
      names.flatMap((name) =>
        paths[name] === undefined ? [] : [[name, resolve(planDirectory, paths[name])]],
      ),
    ) as Partial<Record<Key, string>>;
  return {
    ...rest,
    ...placed(rest, ['socket']),
    ...(tls === undefined ? {} : { tls: { ...tls, ...placed(tls, ['ca', 'certificate', 'key']) } }),
  };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const { connection, file, restore } = readOptions(options, '/');
  const findings: Finding[] = [];
  const report = (message: string, path: readonly string[], help: string): void => {
    findings.push({ code: 'BP1190', severity: 'error', message, path, help });
  };
  const { host, port, socket, tls, user, password } = connection;
  if (socket !== undefined && (host !== undefined || port !== undefined || tls !== undefined))
    report('socket excludes host, port and tls', ['connection', 'socket'], 'Keep one way to the server.');
  if (user !== undefined && password === undefined)
    report('a user needs a password', ['connection', 'user'], 'Name a secret under `connection.password`.');
  if (tls !== undefined && (tls.certificate === undefined) !== (tls.key === undefined))
    report('certificate and key go together', ['connection', 'tls'], 'Name both, or neither.');
  if (file !== undefined && restore !== undefined)
    report('restore.address has no effect beside file', ['restore'], 'Keep one way to restore in place.');
  return findings;
}

/** Where the server is, for messages. */
export function placeOf({ socket, host = '127.0.0.1', port = 6379 }: ConnectionOptions): string {
  return socket ?? `${host}:${String(port)}`;
}
