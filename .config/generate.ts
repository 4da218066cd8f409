import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { planSchema } from '../src/config/schema/plan-schema.ts';
import type { JsonObject, JsonValue } from '../src/domain/json.ts';
import { notificationTypes } from '../src/notifications/index.ts';
import { resourceTypes } from '../src/resources/index.ts';
import { targetTypes } from '../src/targets/index.ts';

/**
 * Writes what follows from the schema: the published schema, the type of a plan document, and a
 * validator that needs no ajv when it runs. `--check` only compares the published schema.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const published = `${root}schemas/plan.schema.json`;
const generated = `${root}src/config/generated`;

const schema = planSchema({
  resources: resourceTypes,
  targets: targetTypes,
  notifications: notificationTypes,
});
const text = `${JSON.stringify(schema, null, 2)}\n`;

const VALIDATOR_TYPE = `import type { ErrorObject } from 'ajv';

declare const validate: { (document: unknown): boolean; errors?: ErrorObject[] | null };
export default validate;
`;

/** Below these, keys are names, not keywords. */
const NAMES = new Set(['properties', 'definitions', 'patternProperties']);

if (process.argv.includes('--check')) await check();
else await generate();

async function check(): Promise<void> {
  const committed = await readFile(published, 'utf8').catch(() => '');
  if (committed === text) return;
  console.error('schemas/plan.schema.json is stale: run npm run generate and commit it');
  process.exitCode = 1;
}

async function generate(): Promise<void> {
  await mkdir(generated, { recursive: true });
  await writeFile(published, text);
  await writeFile(`${generated}/plan-document.ts`, await documentType());
  await writeFile(`${generated}/validate-plan.js`, await validator());
  await writeFile(`${generated}/validate-plan.d.ts`, VALIDATOR_TYPE);
}

async function validator(): Promise<string> {
  const ajv = new Ajv({
    allErrors: true,
    discriminator: true,
    verbose: false,
    strictTypes: false,
    // Every command loads the validator: one function for each definition, and nothing for people.
    inlineRefs: false,
    code: { source: true },
  });
  addFormats.default(ajv, ['date']);
  ajv.addVocabulary(['x-secret', 'markdownDescription']);
  const code = standaloneCode.default(ajv, ajv.compile(withoutWords(schema)));
  const bundle = await build({
    stdin: { contents: code, resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return bundle.outputFiles[0]?.text ?? '';
}

function documentType(): Promise<string> {
  const options = {
    bannerComment: '',
    additionalProperties: false,
    format: false,
    unreachableDefinitions: false,
  };
  const titled = { ...(forTypes(schema) as JSONSchema), title: 'PlanDocument' };
  return compile(titled, 'PlanDocument', options);
}

/** The same schema in words that the compiler of types understands; notes of the user have no type. */
function forTypes(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => forTypes(item));
  if (typeof value !== 'object' || value === null) return value;
  const {
    patternProperties: _notes,
    if: _if,
    then,
    else: otherwise,
    oneOf,
    minItems: _least,
    ...rest
  } = value as JsonObject;
  const copy: Record<string, JsonValue> = Object.fromEntries(
    Object.entries(rest).map(([key, item]) => [key, forTypes(item)]),
  );
  if (then !== undefined && otherwise !== undefined) copy['anyOf'] = [forTypes(then), forTypes(otherwise)];
  if (Array.isArray(oneOf) && 'discriminator' in copy) return { oneOf: forTypes(oneOf) };
  return copy;
}

/** The schema without what says something to people only. */
function withoutWords(node: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !isWords(key, value))
      .map(([key, value]) => [key, NAMES.has(key) ? mapValues(value) : strip(value)]),
  );
}

function isWords(key: string, value: JsonValue): boolean {
  return (key === 'description' && typeof value === 'string') || (key === 'examples' && Array.isArray(value));
}

function mapValues(value: JsonValue): JsonValue {
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, one]) => [name, strip(one)]));
}

function strip(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(strip);
  return typeof value === 'object' && value !== null ? withoutWords(value as JsonObject) : value;
}
