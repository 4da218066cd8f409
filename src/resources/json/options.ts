import { posix } from 'node:path';
import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import { parseSize, SIZE_PATTERN } from '../../domain/quantity.ts';

/** Each becomes an artifact of its own. */
const MAX_DOCUMENTS = 100;

export const optionsSchema: JsonObject = {
  type: 'object',
  required: ['paths'],
  additionalProperties: false,
  properties: {
    paths: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_DOCUMENTS,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      description:
        'The JSON documents. A relative path starts at the folder of the plan; a path that is a symbolic link is resolved. Each is parsed before it is kept: what is no single JSON text in UTF-8, has a key twice in one object or a byte order mark, or is nested deeper than 1,000 levels, fails the backup. Replacing a document by rename while it is read is safe; one that is rewritten in place is read again.',
      examples: [['/srv/app/request_database.json'], ['data/state.json', 'config/templates.json']],
    },
    maxSize: {
      type: 'string',
      pattern: SIZE_PATTERN,
      default: '64MiB',
      description:
        'The largest size of a document. A backup needs about ten times as much memory; larger documents are better protected as files.',
      examples: ['64MiB', '512KiB'],
    },
  },
};

export interface JsonOptions {
  readonly paths: readonly string[];
  readonly maxBytes: number;
}

const DEFAULT_MAX_BYTES = 64 * 1024 ** 2;

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject): JsonOptions {
  const { paths, maxSize } = options as { readonly paths?: readonly string[]; readonly maxSize?: string };
  const maxBytes = maxSize === undefined ? undefined : parseSize(maxSize);
  return { paths: paths ?? [], maxBytes: maxBytes ?? DEFAULT_MAX_BYTES };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const { paths } = readOptions(options);
  const spelled = paths.map((path) => posix.normalize(path));
  return paths.flatMap((path, index): Finding[] => {
    const first = spelled.indexOf(posix.normalize(path));
    if (path.includes('\0') || path.endsWith('/')) return [finding(index, `"${path}" is no file`)];
    return first === index
      ? []
      : [finding(index, `"${path}" and "${paths[first] ?? ''}" are the same document`)];
  });
}

function finding(index: number, message: string): Finding {
  const help = 'Name each document once, by the path of its file.';
  return { code: 'BP1190', severity: 'error', message, path: ['paths', index], help };
}
