import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import { DURATION_PATTERN, parseDuration } from '../../domain/quantity.ts';

export const optionsSchema: JsonObject = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      description:
        'The database file. A relative path starts at the folder of the plan. The copy is made online, so writers may stay connected; in rollback-journal mode their commits wait while it is made.',
      examples: ['/srv/app/app.db', 'data/app.db'],
    },
    busyTimeout: {
      type: 'string',
      pattern: DURATION_PATTERN,
      default: '10s',
      description: 'How long to wait for a writer that holds a lock before the backup fails.',
      examples: ['10s', '2m'],
    },
  },
};

export interface SqliteOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject): SqliteOptions {
  const { path, busyTimeout } = options as { readonly path: string; readonly busyTimeout?: string };
  const busyTimeoutMs = busyTimeout === undefined ? undefined : parseDuration(busyTimeout);
  return { path, busyTimeoutMs: busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const { path } = readOptions(options);
  const isFile = path !== ':memory:' && !path.startsWith('file:') && !path.includes('\0');
  if (isFile) return [];
  return [
    {
      code: 'BP1190',
      severity: 'error',
      message: 'path must name a database file',
      path: ['path'],
      help: 'Write the plain path of the file, not a URI and not :memory:.',
    },
  ];
}
