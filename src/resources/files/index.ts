import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { compareWithSnapshot } from './compare-source.ts';
import { diffTree } from './diff-tree.ts';
import { placeFiles } from './live-places.ts';
import { checkOptions, optionsSchema } from './options.ts';
import { restoreFiles } from './restore.ts';
import { tarTool } from './tar-tool.ts';

export const filesType: ResourceType = {
  type: 'files',
  modes: ['full', 'incremental', 'differential'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: () => [tarTool],
  open: openCapture,
  compare: compareWithSnapshot,
  restore: restoreFiles,
  diff: diffTree,
  live: { kind: 'paths', place: placeFiles },
};
