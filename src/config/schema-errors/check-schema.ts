import type { ErrorObject } from 'ajv';
import type { Unknown } from '../checks/check-interpolation.ts';
import validatePlan from '../generated/validate-plan.js';
import type { Registries } from '../registries.ts';
import type { Report } from '../report.ts';
import { alternativesAt } from '../schema/navigate.ts';
import { planSchema } from '../schema/plan-schema.ts';
import { addressOf, at, childOf, objectOf, type MapTree, type Path, type Tree } from '../source/tree.ts';
import { nearest } from './nearest.ts';
import { describeValueError, type SchemaError, type SchemaScene } from './value-errors.ts';
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
  const all = validatePlan.errors ?? [];
  const errors = all.filter((error) => !isEcho(error, all)).map((error) => locate(error, tree));
  const known = errors.filter(({ path }) => !isUnknown(tree, path, context.unknown));
  const scene = { tree, document, schema: planSchema(context.registries), report: context.report };
  reportKeys(known.filter(isAboutKeys), scene);
  const values = known.filter((error) => !isAboutKeys(error));
  for (const error of values) if (!isExplained(error, known, scene)) describeValueError(error, scene);
}

/** Errors that only repeat what another one says better. */
function isEcho({ keyword, propertyName, instancePath }: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (keyword === 'if' || keyword === 'discriminator' || propertyName !== undefined) return true;
  // Which of the alternatives is missing is said by the `oneOf` around them.
  return (
    keyword === 'required' &&
    all.some((other) => other.keyword === 'oneOf' && other.instancePath === instancePath)
  );
}

/** No alternative fits a value of the wrong type, or a map whose key is mistyped; that is what to say. */
function isExplained(error: SchemaError, all: readonly SchemaError[], scene: SchemaScene): boolean {
  if (error.keyword !== 'oneOf') return false;
  const here = addressOf(error.path);
  const keys = alternativesAt(scene.schema, scene.document, error.path);
  return all.some(({ keyword, path, params }) => {
    if (addressOf(path) !== here) return false;
    if (keyword === 'type') return true;
    return (
      keyword === 'additionalProperties' && nearest(String(params['additionalProperty']), keys) !== undefined
    );
  });
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
