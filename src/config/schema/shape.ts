import type { JsonObject } from '../../domain/json.ts';
import {
  BANDWIDTH_PATTERN,
  DURATION_PATTERN,
  SIZE_PATTERN,
  TIME_LIMIT_PATTERN,
} from '../../domain/quantity.ts';

/** A piece of JSON Schema, draft-07. */
export type Schema = JsonObject;

/** What every property says about itself: shown on hover and in the reference. */
interface Words {
  readonly description: string;
  readonly examples: JsonObject['examples'];
}

/** Ids become parts of object keys, so they are short and the same on every file system. */
export const ID_PATTERN = '^[a-z0-9][a-z0-9-]*$';
export const ID_MAX_LENGTH = 64;

/** Names of secrets never leave the plan. */
export const SECRET_NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_-]*$';

export const PERCENT_PATTERN = '^(100|[0-9]{1,2})%$';

/** A map whose keys are all known; `x-` keys are for the user's own notes and anchors. */
export function closed(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required,
    properties,
    patternProperties: { '^x-': {} },
  };
}

/** Beside a closed map: exactly one of these keys. */
export function eitherOf(...keys: readonly string[]): Schema {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

/** A map from ids that the user chooses to one kind of thing. */
export function mapOf(value: Schema, words: Words, idPattern = ID_PATTERN): Schema {
  return {
    ...words,
    type: 'object',
    propertyNames: { pattern: `^x-|${idPattern}`, maxLength: ID_MAX_LENGTH },
    patternProperties: { '^x-': {} },
    additionalProperties: value,
  };
}

export function text(words: Words): Schema {
  return { ...words, type: 'string', minLength: 1 };
}

export function duration(words: Words): Schema {
  return { ...words, type: 'string', pattern: DURATION_PATTERN };
}

export function size(words: Words): Schema {
  return { ...words, type: 'string', pattern: SIZE_PATTERN };
}

export function timeLimit(words: Words): Schema {
  return { ...words, type: 'string', pattern: TIME_LIMIT_PATTERN };
}

export function bandwidth(words: Words): Schema {
  return { ...words, type: 'string', pattern: BANDWIDTH_PATTERN };
}

export function percentage(words: Words): Schema {
  return { ...words, type: 'string', pattern: PERCENT_PATTERN };
}

export function choice(options: readonly string[], words: Words): Schema {
  return { ...words, enum: options };
}

export function flag(words: Words): Schema {
  return { ...words, type: 'boolean' };
}

export function count(minimum: number, words: Words): Schema {
  return { ...words, type: 'integer', minimum };
}

export function listOf(items: Schema, words: Words, minItems = 1): Schema {
  return { ...words, type: 'array', items, minItems, uniqueItems: true };
}

export function ref(definition: string): Schema {
  return { $ref: `#/definitions/${definition}` };
}

/** A name that is declared elsewhere in the plan. */
export function nameOf(words: Words): Schema {
  return { ...words, type: 'string', minLength: 1 };
}

/** A program and its arguments. */
export function argv(words: Words): Schema {
  return { ...words, type: 'array', items: { type: 'string' }, minItems: 1 };
}

/** Commands that run one after another. */
export function commandList(description: string, example: readonly (readonly string[])[]): Schema {
  const items = argv({
    description: 'A program and its arguments, no shell.',
    examples: [['systemctl', 'stop', 'app']],
  });
  return { type: 'array', items, description, examples: [example] };
}
