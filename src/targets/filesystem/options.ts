import { resolve } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';

export interface FilesystemOptions {
  /** Absolute. */
  readonly path: string;
  readonly mustBeMount: boolean;
}

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description:
        'Directory that holds the snapshots. A relative path starts at the folder of the plan file.',
      examples: ['/backups', '../backups'],
    },
    mount: {
      type: 'string',
      enum: ['required', 'optional'],
      default: 'optional',
      description:
        'With `required`, the target is refused unless a file system is mounted at exactly this path, so that an unplugged disk is never mistaken for an empty one.',
      examples: ['required'],
    },
  },
};

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject, planDirectory: string): FilesystemOptions {
  const { path, mount } = options as { readonly path: string; readonly mount?: string };
  return { path: resolve(planDirectory, path), mustBeMount: mount === 'required' };
}
