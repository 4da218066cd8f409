import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { clientTool } from './client.ts';
import { placeDump, serverRuns } from './live-file.ts';
import { loadDump, refusesLoad } from './load.ts';
import { checkOptions, optionsSchema } from './options.ts';
import { restoreDump } from './restore.ts';

export const redisType: ResourceType = {
  type: 'redis',
  modes: ['full'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: () => [clientTool],
  open: openCapture,
  restore: restoreDump,
  live: {
    kind: 'chosen',
    choose: (options) =>
      options['file'] === undefined
        ? { kind: 'load', load: loadDump, refuses: refusesLoad }
        : { kind: 'paths', place: placeDump, inUse: serverRuns },
  },
};
