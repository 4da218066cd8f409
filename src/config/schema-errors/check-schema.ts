import type { ErrorObject } from 'ajv';
import validatePlan from '../generated/validate-plan.js';
import type { Registries } from '../registries.ts';
import type { Report } from '../report.ts';
import type { Unknown } from '../checks/check-interpolation.ts';
import { objectOf, type MapTree } from '../source/tree.ts';

export interface SchemaContext {
  readonly registries: Registries;
  readonly report: Report;
  readonly unknown: Unknown;
}

/** Validates a joined plan against the schema and says each mistake once. */
export function checkSchema(tree: MapTree, context: SchemaContext): void {
  if (validatePlan(objectOf(tree))) return;
  const errors: readonly ErrorObject[] = validatePlan.errors ?? [];
  for (const error of errors) context.report.error('BP1100', `${error.instancePath} ${error.message ?? ''}`, tree.place);
}
