import type { ResourceType } from '../domain/resource-type.ts';
import { commandType } from './command/index.ts';
import { filesType } from './files/index.ts';
import { jsonType } from './json/index.ts';
import { postgresqlType } from './postgresql/index.ts';
import { redisType } from './redis/index.ts';
import { sqliteType } from './sqlite/index.ts';

export const resourceTypes: readonly ResourceType[] = [
  filesType,
  sqliteType,
  postgresqlType,
  jsonType,
  redisType,
  commandType,
];
