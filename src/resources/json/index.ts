import type { ResourceType } from '../../domain/resource-type.ts';
import { compareDocuments, openCapture } from './capture.ts';
import { diffDocuments } from './diff.ts';
import { placeDocuments } from './live-places.ts';
import { checkOptions, optionsSchema } from './options.ts';
import { restoreDocuments } from './restore.ts';
import { selects } from './selection.ts';

export const jsonType: ResourceType = {
  type: 'json',
  modes: ['full'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: () => [],
  open: openCapture,
  restore: restoreDocuments,
  live: { kind: 'paths', place: placeDocuments },
  compare: compareDocuments,
  selects,
  diff: diffDocuments,
};
