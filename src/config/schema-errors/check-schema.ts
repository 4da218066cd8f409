import type { ErrorObject } from 'ajv';
import type { Unknown } from '../checks/check-interpolation.ts';
import validatePlan from '../generated/validate-plan.js';
import type { Registries } from '../registries.ts';
import type { Report } from '../report.ts';
import { planSchema } from '../schema/plan-schema.ts';
import { addressOf, at, childOf, objectOf, type MapTree, type Path, type Tree } from '../source/tree.ts';
import { describeValueError, type SchemaError } from './value-errors.ts';
import { reportKeys } from './key-errors.ts';

export interface SchemaContext {
  readonly registries: Registries;
  readonly report: Report;
  readonly unknown: Unknown;
}

/** Validates a joined plan against the schema and says each mistake once. */
export function checkSchema(tree: MapTree, context: SchemaContext): void {
  const document = objectOf(tree);
  if (validatePlan(document)) return;
  const errors = (validatePlan.errors ?? [])
    .filter((error) => !isEcho(error))
    .map((error) => locate(error, tree));
  const known = errors.filter(({ path }) => !isUnknown(tree, path, context.unknown));
  const scene = { tree, document, schema: planSchema(context.registries), report: context.report };
  reportKeys(known.filter(isAboutKeys), scene);
  const values = known.filter((error) => !isAboutKeys(error));
  for (const error of values) if (!isAlternativeOfWrongType(error, values)) describeValueError(error, scene);
}

/** Errors that only repeat what another one says better. */
function isEcho({ keyword, schemaPath, propertyName, params }: ErrorObject): boolean {
  if (keyword === 'if' || keyword === 'discriminator' || propertyName !== undefined) return true;
  // Which of the alternatives is missing is said by the `oneOf` around them.
  return (
    /\/(oneOf|anyOf)\/\d+\/required$/.test(schemaPath) &&
    params['missingProperty'] !== undefined &&
    schemaPath.includes('secretReference')
  );
}

/** No alternative fits a value of the wrong type; the type is what to say. */
function isAlternativeOfWrongType({ keyword, path }: SchemaError, all: readonly SchemaError[]): boolean {
  const here = addressOf(path);
  return (
    keyword === 'oneOf' && all.some((other) => other.keyword === 'type' && addressOf(other.path) === here)
  );
}

function isAboutKeys({ keyword }: SchemaError): boolean {
  return keyword === 'additionalProperties' || keyword === 'required';
}

function locate(error: ErrorObject, tree: Tree): SchemaError {
  const path: (string | number)[] = [];
  let current: Tree | undefined = tree;
  for (const encoded of error.instancePath.split('/').slice(1)) {
    const step: string = encoded.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(current?.kind === 'list' ? Number(step) : step);
    current = current && childOf(current, step);
  }
  return {
    keyword: error.keyword,
    params: error.params as Record<string, unknown>,
    message: error.message ?? '',
    path,
  };
}

function isUnknown(tree: Tree, path: Path, unknown: Unknown): boolean {
  const value = at(tree, path);
  return value !== undefined && unknown.has(value);
}
