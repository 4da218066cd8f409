import { asObject, schemaAt } from '../schema/navigate.ts';
import { at, keyPlaceAt, type Path } from '../source/tree.ts';
import type { Place } from '../source/source.ts';
import { distanceBetween, nearest } from './nearest.ts';
import { nounOf } from './noun.ts';
import type { SchemaError, SchemaScene } from './value-errors.ts';

/** Unknown and missing keys; one of each in the same map that look alike are one mistake. */
export function reportKeys(errors: readonly SchemaError[], scene: SchemaScene): void {
  const missing = errors.filter(({ keyword }) => keyword === 'required');
  const explained = new Set<SchemaError>();
  for (const error of errors) {
    if (error.keyword !== 'additionalProperties') continue;
    const meant = meantBy(
      error,
      missing.filter((one) => !explained.has(one)),
    );
    if (meant !== undefined) explained.add(meant);
    reportUnknownKey(error, meant, scene);
  }
  for (const error of missing) if (!explained.has(error)) reportMissingKey(error, scene);
}

function meantBy(unknown: SchemaError, missing: readonly SchemaError[]): SchemaError | undefined {
  const key = String(unknown.params['additionalProperty']);
  const here = missing.filter(
    ({ path }) =>
      path.length === unknown.path.length && path.every((step, index) => step === unknown.path[index]),
  );
  const name = nearest(key, here.map(missingKey));
  return here.find((error) => missingKey(error) === name);
}

function missingKey({ params }: SchemaError): string {
  return String(params['missingProperty']);
}

function reportUnknownKey(error: SchemaError, meant: SchemaError | undefined, scene: SchemaScene): void {
  const key = String(error.params['additionalProperty']);
  const path = [...error.path, key];
  const known = Object.keys(asObject(schemaAt(scene.schema, scene.document, error.path)['properties']));
  const present = at(scene.tree, error.path);
  const free = known.filter(
    (name) => present?.kind !== 'map' || !present.entries.has(name) || distanceBetween(name, key) === 0,
  );
  const guess = meant === undefined ? nearest(key, free) : missingKey(meant);
  const label =
    guess === undefined
      ? undefined
      : `did you mean "${guess}"?${meant === undefined ? '' : ' (it is required)'}`;
  const help = guess === undefined ? keysHelp(known) : undefined;
  scene.report.error(
    'BP1103',
    `unknown key "${key}" for ${nounOf(error.path, scene.document)}`,
    keyPlaceAt(scene.tree, path),
    {
      path,
      ...(label === undefined ? {} : { label }),
      ...(help === undefined ? {} : { help }),
    },
  );
}

function keysHelp(known: readonly string[]): string | undefined {
  return known.length === 0
    ? undefined
    : `Known keys: ${known.join(', ')}. Keys that start with "x-" are free for notes.`;
}

function reportMissingKey(error: SchemaError, scene: SchemaScene): void {
  const key = missingKey(error);
  const description = schemaAt(scene.schema, scene.document, [...error.path, key])['description'];
  scene.report.error(
    'BP1102',
    `missing key "${key}" for ${nounOf(error.path, scene.document)}`,
    ownerPlace(scene, error.path),
    {
      ...(error.path.length === 0 ? {} : { path: error.path }),
      ...(typeof description === 'string' ? { help: firstSentence(description) } : {}),
    },
  );
}

/** The key that holds the map; for the whole plan its first key. */
function ownerPlace({ tree }: SchemaScene, path: Path): Place {
  if (path.length > 0) return keyPlaceAt(tree, path);
  const first = [...tree.entries.values()][0];
  return first?.keyPlace ?? tree.place;
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text;
}
