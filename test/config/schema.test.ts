import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../src/config/schema/plan-schema.ts';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import { registries } from './registries.ts';

const published = fileURLToPath(new URL('../../schemas/plan.schema.json', import.meta.url));
const schema = planSchema(registries);

function* properties(value: JsonValue, at = '#'): Generator<readonly [string, JsonObject]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, child] of Object.entries(value as JsonObject)) {
    if (key === 'examples') continue;
    if (Array.isArray(child))
      for (const [index, item] of child.entries())
        yield* properties(item as JsonValue, `${at}/${key}/${String(index)}`);
    else yield* properties(child, `${at}/${key}`);
    if (key !== 'properties') continue;
    for (const [name, property] of Object.entries(child as JsonObject))
      yield [`${at}/${name}`, property as JsonObject];
  }
}

function resolved(property: JsonObject): JsonObject {
  const target = property['$ref'];
  if (typeof target !== 'string') return property;
  return target
    .split('/')
    .slice(1)
    .reduce((found, step) => found[step] as JsonObject, schema);
}

function validator(): Ajv {
  const ajv = new Ajv({ allErrors: true, discriminator: true, strictTypes: false });
  addFormats.default(ajv, ['date']);
  ajv.addVocabulary(['x-secret', 'markdownDescription']);
  return ajv;
}

describe('the schema', () => {
  it('is the published one', () => {
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(schema);
  });

  it('describes every property and gives examples', () => {
    const all = [...properties(schema)];
    expect(all.length).toBeGreaterThan(100);
    const bare = all.filter(([, property]) => {
      const { description, examples } = resolved(property);
      return (
        typeof description !== 'string' ||
        description === '' ||
        !Array.isArray(examples) ||
        examples.length === 0
      );
    });
    expect(bare.map(([at]) => at)).toEqual([]);
  });

  it('has only examples that it accepts', { timeout: 60_000 }, () => {
    const ajv = validator();
    ajv.addSchema(schema, 'plan');
    for (const [at, property] of properties(schema)) {
      const check = ajv.compile({ ...inlined(property), definitions: schema['definitions'] } as AnySchema);
      for (const example of resolved(property)['examples'] as JsonValue[]) {
        expect([at, example, check(example), check.errors]).toEqual([at, example, true, null]);
      }
    }
  });

  it('is draft-07', () => {
    const ajv = validator();
    expect(ajv.validateSchema(schema as AnySchema)).toBe(true);
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
  });

  it('closes every map of known keys, and leaves notes free', () => {
    const text = JSON.stringify(schema);
    const closed = text.match(/"additionalProperties":false/g) ?? [];
    const notes = text.match(/"\^x-":\{\}/g) ?? [];
    expect(notes.length).toBeGreaterThanOrEqual(closed.length);
    for (const later of ['moved', 'removed', 'acknowledge']) expect(text).not.toContain(`"${later}":`);
  });
});

function inlined(property: JsonObject): JsonObject {
  return property['$ref'] === undefined ? property : { $ref: property['$ref'] };
}
