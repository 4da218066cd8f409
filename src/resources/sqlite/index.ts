import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { compareWithSnapshot } from './compare-source.ts';
import { databaseInUse } from './in-use.ts';
import { placeDatabase } from './live-places.ts';
import { checkOptions, optionsSchema } from './options.ts';
import { restoreDatabase } from './restore.ts';
import { sqliteTool } from './tool.ts';

export const sqliteType: ResourceType = {
  type: 'sqlite',
  modes: ['full', 'incremental', 'differential', 'schema', 'dump'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: () => [sqliteTool],
  open: openCapture,
  compare: compareWithSnapshot,
  restore: restoreDatabase,
  live: { kind: 'paths', place: placeDatabase, inUse: databaseInUse },
};
