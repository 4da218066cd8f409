import { isOneExpression } from './interpolation.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { schemaOfEach } from './schema/navigate.ts';
import type { Schema } from './schema/shape.ts';
import { retype } from './source/retype.ts';
import { at, objectOf, type MapTree, type Path, type ScalarTree, type Tree } from './source/tree.ts';

/**
 * A plan that was kept as JSON no longer tells plain scalars from quoted ones. Where the schema takes
 * no text, one expression must have been plain.
 */
export function retypeDocument(tree: MapTree, schema: Schema): MapTree {
  let result = tree;
  for (const { schema: own, value, path } of schemaOfEach(schema, schema, objectOf(tree))) {
    if (typeof value !== 'string' || takesText(own)) continue;
    const scalar = at(tree, path);
    if (scalar?.kind !== 'scalar' || !isOneExpression(String(scalar.raw))) continue;
    if (scalar.interpolation?.problems.length === 0)
      result = replace(result, path, { ...scalar, value: retype(value) }) as MapTree;
  }
  return result;
}

function takesText({ type }: JsonObject): boolean {
  const types: readonly JsonValue[] = Array.isArray(type) ? type : [type ?? 'string'];
  return types.includes('string');
}

function replace(tree: Tree, [step, ...rest]: Path, scalar: ScalarTree): Tree {
  if (step === undefined || tree.kind === 'scalar') return scalar;
  if (tree.kind === 'list') {
    return {
      ...tree,
      items: tree.items.map((item, index) => (index === Number(step) ? replace(item, rest, scalar) : item)),
    };
  }
  const entry = tree.entries.get(String(step));
  if (entry === undefined) return tree;
  const entries = new Map(tree.entries).set(String(step), {
    ...entry,
    value: replace(entry.value, rest, scalar),
  });
  return { ...tree, entries };
}
