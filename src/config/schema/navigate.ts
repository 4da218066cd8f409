import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Schema } from './shape.ts';

/** The schema that applies to the value below a path: references followed, branches chosen by the values. */
export function schemaAt(root: Schema, value: JsonValue, path: readonly (string | number)[]): Schema {
  let schema = resolve(root, root, value);
  let current: JsonValue | undefined = value;
  for (const step of path) {
    current = childValue(current, step);
    schema = resolve(root, childSchema(schema, step), current);
  }
  return schema;
}

/** Keys of which the map at a path must have exactly one. */
export function alternativesAt(
  root: Schema,
  value: JsonValue,
  path: readonly (string | number)[],
): readonly string[] {
  const { oneOf } = schemaAt(root, value, path);
  const branches = Array.isArray(oneOf) ? (oneOf as readonly JsonObject[]) : [];
  return branches.flatMap(({ required }) => (Array.isArray(required) ? required.map(String) : []));
}

/** Every piece of a value with the schema that applies to it. */
export function* schemaOfEach(root: Schema, schema: Schema, value: JsonValue): Generator<SchemaVisit> {
  const resolved = resolve(root, schema, value);
  yield { schema: resolved, value, path: [] };
  if (typeof value !== 'object' || value === null) return;
  const children: [string | number, JsonValue][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value as JsonObject);
  for (const [step, child] of children) {
    for (const visit of schemaOfEach(root, childSchema(resolved, step), child))
      yield { ...visit, path: [step, ...visit.path] };
  }
}

export interface SchemaVisit {
  readonly schema: Schema;
  readonly value: JsonValue;
  readonly path: readonly (string | number)[];
}

function resolve(root: Schema, schema: Schema, value: JsonValue | undefined): Schema {
  const { $ref: target, if: condition, then, else: otherwise, oneOf } = schema;
  if (typeof target === 'string') return resolve(root, follow(root, target), value);
  if (condition !== undefined)
    return resolve(root, asObject(isOf(asObject(condition)['type'], value) ? then : otherwise), value);
  if (!('discriminator' in schema) || !Array.isArray(oneOf)) return schema;
  const type = asObject(value)['type'];
  const branch = oneOf
    .map((one: JsonValue) => asObject(one))
    .find((one) => asObject(asObject(one['properties'])['type'])['const'] === type);
  return branch ?? schema;
}

function isOf(type: JsonValue | undefined, value: JsonValue | undefined): boolean {
  if (type !== 'object') return typeof value === type;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function follow(root: Schema, target: string): Schema {
  return target
    .split('/')
    .slice(1)
    .reduce<Schema>((found, step) => asObject(found[step]), root);
}

function childSchema(schema: Schema, step: string | number): Schema {
  if (typeof step === 'number') return asObject(schema['items']);
  const properties = asObject(schema['properties']);
  return asObject(Object.hasOwn(properties, step) ? properties[step] : schema['additionalProperties']);
}

function childValue(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string | number, JsonValue>>)[step];
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
