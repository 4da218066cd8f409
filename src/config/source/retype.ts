import { isScalar, Schema } from 'yaml';
import type { JsonPrimitive } from './tree.ts';

const core = new Schema({ schema: 'core' });

/** The value that YAML's core schema sees in plain text. */
export function retype(text: string): JsonPrimitive {
  for (const tag of core.tags) {
    if (tag.collection !== undefined || tag.default !== true || tag.test?.test(text) !== true) continue;
    const value: unknown = tag.resolve(text, () => undefined, {});
    const resolved: unknown = isScalar(value) ? value.value : value;
    if (resolved === null || typeof resolved === 'boolean') return resolved;
    if (typeof resolved === 'number' && isExact(resolved)) return resolved;
  }
  return text;
}

/** Neither infinite nor a whole number that was rounded. */
export function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
