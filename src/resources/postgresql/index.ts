import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { selects } from './entries.ts';
import { loadDumps, refusesLoad } from './load.ts';
import { checkOptions, optionsSchema, readOptions } from './options.ts';
import { restoreDumps } from './restore.ts';
import { requirement } from './tool.ts';

export const postgresqlType: ResourceType = {
  type: 'postgresql',
  modes: ['full', 'schema', 'data'],
  via: true,
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: (options, mode) => [
    requirement('pg_dump', 'dump PostgreSQL databases'),
    requirement('psql', 'ask PostgreSQL servers what they are'),
    ...(readOptions(options).globals && mode === 'full'
      ? [requirement('pg_dumpall', 'dump roles and tablespaces')]
      : []),
  ],
  open: openCapture,
  restore: restoreDumps,
  live: { kind: 'load', load: loadDumps, refuses: refusesLoad, mapsNames: true },
  selects,
};
