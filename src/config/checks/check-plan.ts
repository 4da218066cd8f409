import type { MapTree } from '../source/tree.ts';
import { checkCommands } from './commands.ts';
import { viewResources, type CheckContext } from './context.ts';
import { checkDependencies } from './dependencies.ts';
import { checkKeyFiles } from './key-files.ts';
import { checkLiteralSecrets } from './literal-secrets.ts';
import { checkOptions } from './options.ts';
import { checkReferences } from './references.ts';
import { checkRestore } from './restore.ts';
import { checkRetention } from './retention.ts';
import { checkSchedules } from './schedules.ts';
import { checkMarks } from './schema-marks.ts';
import { checkStaging } from './staging.ts';
import { checkStorageClasses } from './storage-classes.ts';
import { checkStructure } from './structure.ts';
import { checkVia } from './via.ts';

/** Everything that a schema cannot say. Works on plans that the schema refuses, as far as they make sense. */
export async function checkPlan(
  tree: MapTree,
  surroundings: Omit<CheckContext, 'tree' | 'resources'>,
): Promise<void> {
  const context: CheckContext = {
    tree,
    ...surroundings,
    resources: viewResources(tree, surroundings.registries),
  };
  // First, because it looks at what the schema has refused so far.
  checkOptions(context);
  checkReferences(context);
  checkMarks(context);
  checkLiteralSecrets(context);
  checkStructure(context);
  checkDependencies(context);
  checkRetention(context);
  checkSchedules(context);
  checkStaging(context);
  checkStorageClasses(context);
  checkRestore(context);
  checkVia(context);
  checkCommands(context);
  await checkKeyFiles(context);
}
