import type { JsonObject } from '../../domain/json.ts';
import { SHARED_KEYS } from '../schema/plan-schema.ts';
import { isObject } from './built-in.ts';

/** What is left to the adapter. */
export function ownOptions(value: JsonObject, shared: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !shared.includes(key)));
}

/** A resource's `restore` is shared with its type: the type gets the keys that it brought. */
export function resourceOptions(value: JsonObject): JsonObject {
  const options = ownOptions(value, SHARED_KEYS.resources);
  const restore = isObject(value['restore']) ? ownOptions(value['restore'], SHARED_KEYS.restore) : {};
  return Object.keys(restore).length === 0 ? options : { ...options, restore };
}
