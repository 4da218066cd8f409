import type { Command } from '../../domain/command.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { SecretReader } from '../../domain/secret.ts';

/** As the plan writes it; where the tools run counts for every path. */
export interface Connection {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
  /** Name of a declared secret. */
  readonly password?: string;
  readonly passwordFile?: string;
  readonly service?: string;
  readonly serviceFile?: string;
  readonly sslMode?: string;
  readonly sslRootCert?: string;
  readonly sslCert?: string;
  readonly sslKey?: string;
}

export const connectionSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  description:
    'How to reach the server. What is absent is as PostgreSQL has it: the socket of this machine, port 5432, the name of the user who runs the tools.',
  examples: [{ host: 'db', user: 'backup', database: 'shop', password: 'pg' }],
  properties: {
    host: text('Host name or address, or the folder of a socket, which begins with a slash.', [
      'db',
      '/var/run/postgresql',
    ]),
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description: 'Port of the server; also names its socket.',
      examples: [5432],
    },
    user: text('Role that connects. It must be able to read everything that is dumped.', ['backup']),
    database: text('Database to connect to; the one that is dumped where `databases` is absent.', ['shop']),
    password: {
      type: 'string',
      'x-secret': true,
      description: 'Name of a secret under `secrets`.',
      examples: ['pg'],
    },
    passwordFile: path('A password file as libpq reads it, 0600.', '/etc/backup/pgpass'),
    service: text('Name of a connection service.', ['shop']),
    serviceFile: path('The file that defines the service.', '/etc/backup/pg_service.conf'),
    sslMode: {
      enum: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
      description: 'Whether the connection is encrypted, and whether the server must prove who it is.',
      examples: ['verify-full'],
    },
    sslRootCert: path('Certificates of those who may vouch for the server.', '/etc/backup/root.crt'),
    sslCert: path('Certificate of the client.', '/etc/backup/client.crt'),
    sslKey: path('Private key of the client.', '/etc/backup/client.key'),
  },
};

function text(description: string, examples: readonly string[]): JsonObject {
  return { type: 'string', minLength: 1, description, examples };
}

function path(description: string, example: string): JsonObject {
  return {
    type: 'string',
    pattern: '^/',
    description: `${description} An absolute path where the tools run.`,
    examples: [example],
  };
}

/** Variables that libpq reads: nothing of a connection is in a command line. */
export type Environment = Required<Pick<Command, 'env' | 'secretEnv'>>;

const CONNECT_TIMEOUT_S = 30;

export async function connectionEnvironment(
  connection: Connection,
  secrets: SecretReader,
): Promise<Result<Environment>> {
  const password = connection.password === undefined ? undefined : await secrets.read(connection.password);
  if (password !== undefined && !password.ok) return password;
  const variables: readonly (readonly [string, string | number | undefined])[] = [
    ['PGHOST', connection.host],
    ['PGPORT', connection.port],
    ['PGUSER', connection.user],
    ['PGDATABASE', connection.database],
    ['PGPASSFILE', connection.passwordFile],
    ['PGSERVICE', connection.service],
    ['PGSERVICEFILE', connection.serviceFile],
    ['PGSSLMODE', connection.sslMode],
    ['PGSSLROOTCERT', connection.sslRootCert],
    ['PGSSLCERT', connection.sslCert],
    ['PGSSLKEY', connection.sslKey],
    ['PGCONNECT_TIMEOUT', CONNECT_TIMEOUT_S],
    ['PGAPPNAME', 'backup-plan'],
  ];
  const set = variables.filter(([, value]) => value !== undefined);
  return ok({
    env: Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
    secretEnv: password === undefined ? {} : { PGPASSWORD: password.value },
  });
}

/** By variable: as an argument a name with `=` would be a connection string of its own. */
export function toDatabase({ env, secretEnv }: Environment, database: string): Environment {
  return { env: { ...env, PGDATABASE: database }, secretEnv };
}

/** For pg_restore, which takes a database by argument only: a connection string that can mean nothing else. */
export function databaseArgument(database: string): string {
  return `--dbname=dbname='${database.replace(/['\\]/g, String.raw`\$&`)}'`;
}
