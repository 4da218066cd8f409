import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Interpolation } from '../interpolation.ts';
import type { Place } from './source.ts';

/** A plan document in which every value knows where it was written. Aliases and `<<` are resolved. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly place: Place;
  /** As written, before interpolation. */
  readonly raw: JsonPrimitive;
  /** After it. */
  readonly value: JsonPrimitive;
  /** Source text of a plain scalar: `0777` where the value is 777. */
  readonly plain?: string;
  readonly interpolation?: Interpolation;
  /** Set where the value is not what was written, because that has been refused already. */
  readonly isBroken?: true;
}

export interface ListTree {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Tree[];
}

export interface MapTree {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

export interface TreeEntry {
  readonly keyPlace: Place;
  readonly value: Tree;
}

export type JsonPrimitive = string | number | boolean | null;
export type Path = readonly (string | number)[];

/** The value as plain JSON, notes (`x-`) left out at every level. */
export function valueOf(tree: Tree, which: 'value' | 'raw' = 'value'): JsonValue {
  if (tree.kind === 'scalar') return tree[which];
  if (tree.kind === 'list') return tree.items.map((item) => valueOf(item, which));
  return objectOf(tree, which);
}

export function objectOf(tree: MapTree, which: 'value' | 'raw' = 'value'): JsonObject {
  const object: Record<string, JsonValue> = {};
  for (const [key, entry] of tree.entries) if (!isNote(key)) object[key] = valueOf(entry.value, which);
  return object;
}

/** Keys for the user's own notes and anchors. */
export function isNote(key: string): boolean {
  return key.startsWith('x-');
}

/** The value at a path, or undefined. */
export function at(tree: Tree | undefined, path: Path): Tree | undefined {
  let current = tree;
  for (const step of path) current = current && childOf(current, step);
  return current;
}

export function childOf(tree: Tree, step: string | number): Tree | undefined {
  if (tree.kind === 'map') return tree.entries.get(String(step))?.value;
  return tree.kind === 'list' ? tree.items[Number(step)] : undefined;
}

/** Entries of the map at a path; none where there is no map. Notes are left out. */
export function entriesAt(tree: Tree | undefined, path: Path): readonly (readonly [string, TreeEntry])[] {
  const map = at(tree, path);
  return map?.kind === 'map' ? [...map.entries].filter(([key]) => !isNote(key)) : [];
}

export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : undefined;
}

/** Where to point for a path: the value, else the key or value nearest above it. */
export function placeAt(tree: Tree, path: Path): Place {
  let current = tree;
  for (const step of path) {
    const next = childOf(current, step);
    if (next === undefined) break;
    current = next;
  }
  return current.place;
}

/** The key of the entry at a path; the value where it is no entry of a map. */
export function keyPlaceAt(tree: Tree, path: Path): Place {
  const parent = at(tree, path.slice(0, -1));
  const entry = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyPlace ?? placeAt(tree, path);
}

export function addressOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}
