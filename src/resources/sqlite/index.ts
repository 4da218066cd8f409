import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { checkOptions, optionsSchema } from './options.ts';
import { restoreDatabase } from './restore.ts';
import { sqliteTool } from './tool.ts';

export const sqliteType: ResourceType = {
  type: 'sqlite',
  modes: ['full', 'schema', 'dump'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: () => [sqliteTool],
  open: openCapture,
  restore: restoreDatabase,
};
