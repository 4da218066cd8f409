import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { PlanDocument } from './generated/plan-document.ts';
import { objectOf, type MapTree } from './source/tree.ts';

/** Keys of `defaults`, each of which a resource takes whole where it says nothing itself. */
export const DEFAULTED_KEYS = ['schedule', 'retention', 'encryption', 'targets', 'compression'] as const;

/** The plan with defaults written into each resource; `which` chooses before or after interpolation. */
export function resolvedDocument(tree: MapTree, which: 'value' | 'raw'): JsonObject {
  const { include: _files, defaults, ...rest } = objectOf(tree, which);
  const resources = Object.entries(asObject(rest['resources'])).map(([name, resource]) => [
    name,
    { ...pick(asObject(defaults)), ...asObject(resource) },
  ]);
  return { ...rest, resources: Object.fromEntries(resources) as JsonObject };
}

/** The same for a tree that the schema has accepted. */
export function typedDocument(tree: MapTree): PlanDocument {
  return resolvedDocument(tree, 'value') as unknown as PlanDocument;
}

function pick(defaults: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(defaults).filter(([key]) => DEFAULTED_KEYS.includes(key as 'schedule')),
  );
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
