import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import { DURATION_PATTERN, parseDuration } from '../../domain/quantity.ts';
import { connectionSchema, type Connection } from './connection.ts';
import { filterSchema, type Filter } from './filter.ts';

const restoreSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  description: 'How a dump is loaded into the live server.',
  examples: [{ jobs: 4 }],
  properties: {
    jobs: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 1,
      description:
        'Connections that load at the same time. With 1 a database is loaded in one transaction: it is replaced whole, or left as it was. More are faster and leave half of it behind where they fail; `undo` then brings back what was there.',
      examples: [4],
    },
    noOwner: {
      type: 'boolean',
      default: false,
      description: 'Everything belongs to the user of the connection, whoever owned it.',
      examples: [true],
    },
    noPrivileges: {
      type: 'boolean',
      default: false,
      description: 'Grants of the snapshot are left out.',
      examples: [true],
    },
  },
};

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    connection: connectionSchema,
    databases: {
      if: { type: 'string' },
      then: { type: 'string', const: 'all' },
      else: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, uniqueItems: true },
      description:
        'Databases to dump, each at one moment of its own; `all` are those that allow connections and are no templates. Default: the one of `connection`.',
      examples: [['shop', 'billing'], 'all'],
    },
    globals: {
      type: 'boolean',
      description:
        'Also keep roles, their memberships and tablespaces, which belong to no database. Default: true with `databases: all`.',
      examples: [true],
    },
    rolePasswords: {
      type: 'boolean',
      default: true,
      description:
        'Keep the password hashes of roles. Reading them takes a superuser; where there is none, as with hosted servers, say false.',
      examples: [false],
    },
    include: filterSchema('Dump nothing else. A pattern that matches nothing fails the backup.', false),
    exclude: filterSchema('Leave these out.', true),
    lockTimeout: {
      type: 'string',
      pattern: DURATION_PATTERN,
      default: '30s',
      description: 'How long to wait for a table that somebody else has locked before the backup fails.',
      examples: ['30s', '5m'],
    },
    restore: restoreSchema,
  },
};

export interface PostgresqlOptions {
  readonly connection: Connection;
  /** Absent where the server is to be asked for all of them. */
  readonly databases?: readonly string[];
  readonly globals: boolean;
  readonly rolePasswords: boolean;
  readonly include: Filter;
  readonly exclude: Filter;
  readonly lockTimeoutMs: number;
  readonly restore: RestoreOptions;
}

export interface RestoreOptions {
  readonly jobs: number;
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
}

/** The shape that the schema lets through. */
interface RawOptions {
  readonly connection?: Connection;
  readonly databases?: 'all' | readonly string[];
  readonly globals?: boolean;
  readonly rolePasswords?: boolean;
  readonly include?: Filter;
  readonly exclude?: Filter;
  readonly lockTimeout?: string;
  readonly restore?: Partial<RestoreOptions>;
}

const DEFAULT_LOCK_TIMEOUT_MS = 30_000;

/** `options` are valid against the schema and against `checkOptions`. */
export function readOptions(options: JsonObject): PostgresqlOptions {
  const raw = options as unknown as RawOptions;
  const { connection = {}, databases, lockTimeout } = raw;
  const own = connection.database === undefined ? [] : [connection.database];
  return {
    connection,
    ...(databases === 'all' ? {} : { databases: databases ?? own }),
    globals: raw.globals ?? databases === 'all',
    rolePasswords: raw.rolePasswords ?? true,
    include: raw.include ?? {},
    exclude: raw.exclude ?? {},
    lockTimeoutMs: (lockTimeout && parseDuration(lockTimeout)) || DEFAULT_LOCK_TIMEOUT_MS,
    restore: { jobs: 1, noOwner: false, noPrivileges: false, ...raw.restore },
  };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const { databases, include, connection } = readOptions(options);
  if (databases?.length === 0) {
    const help = 'Write `connection: { database: NAME }`, or list them under `databases`.';
    return [finding('no database is named', connection.service === undefined ? [] : ['connection'], help)];
  }
  if (databases?.length !== 1 && Object.keys(include).length > 0) {
    const help = 'Give each database whose tables are chosen a resource of its own.';
    return [finding('include goes with one database', ['include'], help)];
  }
  return [];
}

function finding(message: string, path: readonly string[], help: string): Finding {
  return { code: 'BP1190', severity: 'error', message, path, help };
}
