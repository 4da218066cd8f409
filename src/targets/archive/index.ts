import { resolve } from 'node:path';
import type { TargetType } from '../../domain/target.ts';
import { createArchiveTarget } from './archive-target.ts';

/** No plan names one: reading commands make it from a file that they are given. */
export const archive: TargetType = {
  type: 'archive',
  optionsSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', description: 'File that an export wrote.', examples: ['snapshot.tar'] },
    },
  },
  create: ({ name, options, planDirectory }) =>
    createArchiveTarget(name, resolve(planDirectory, (options as { readonly path: string }).path)),
};
