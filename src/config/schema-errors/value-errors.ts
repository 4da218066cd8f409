import type { Diagnostic } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Report } from '../report.ts';
import { alternativesAt, asObject, schemaAt } from '../schema/navigate.ts';
import type { Schema } from '../schema/shape.ts';
import type { Place } from '../source/source.ts';
import { at, keyPlaceAt, type MapTree, type Path, type Tree } from '../source/tree.ts';
import { FORMS } from './forms.ts';
import { nearest } from './nearest.ts';
import { nounOf } from './noun.ts';

/** One error of the validator, at a path of the plan. */
export interface SchemaError {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
  readonly path: Path;
}

export interface SchemaScene {
  readonly tree: MapTree;
  readonly document: JsonObject;
  readonly schema: Schema;
  readonly report: Report;
}

interface Words extends Pick<Diagnostic, 'code' | 'message' | 'label' | 'help'> {
  /** Where it is not the value itself. */
  readonly place?: Place;
  readonly path?: Path;
}

/** Says what is wrong with a value. */
export function describeValueError(error: SchemaError, scene: SchemaScene): void {
  const value = at(scene.tree, error.path);
  const describe = DESCRIBERS[error.keyword] ?? other;
  const { code, message, label, help, place, path } = describe(
    { ...error, value, subject: subjectOf(error.path) },
    scene,
  );
  scene.report.error(code, message, place ?? visiblePlace(scene.tree, error.path, value), {
    path: path ?? error.path,
    ...(label === undefined ? {} : { label }),
    ...(help === undefined ? {} : { help }),
  });
}

/** An empty value cannot be underlined, its key can. */
function visiblePlace(tree: Tree, path: Path, value: Tree | undefined): Place {
  const isVisible = value?.kind === 'scalar' && value.place.end > value.place.start;
  return isVisible || typeof path.at(-1) === 'number' ? (value?.place ?? tree.place) : keyPlaceAt(tree, path);
}

interface Located extends SchemaError {
  readonly value: Tree | undefined;
  /** `"timeout"`, or `item 2 of "paths"`. */
  readonly subject: string;
}

type Describer = (error: Located, scene: SchemaScene) => Words;

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  type: wrongType,
  enum: notAllowed,
  const: notAllowed,
  pattern: wrongForm,
  format: ({ value, params }) => ({
    code: 'BP1116',
    message: `${show(value)} is not a ${String(params['format'])}`,
    help: 'Write year, month and day: 2027-01-31.',
  }),
  propertyNames: wrongName,
  minLength: ({ subject }) => ({ code: 'BP1107', message: `${subject} is empty` }),
  minItems: ({ subject, params }) => ({
    code: 'BP1107',
    message: `${subject} needs at least ${plural(params['limit'], 'item')}`,
  }),
  minProperties: ({ subject, params }) => ({
    code: 'BP1107',
    message: `${subject} needs at least ${plural(params['limit'], 'key')}`,
  }),
  maxProperties: ({ subject, params }) => ({
    code: 'BP1107',
    message: `${subject} takes at most ${plural(params['limit'], 'key')}`,
  }),
  maxLength: ({ subject, params }) => ({
    code: 'BP1107',
    message: `${subject} is longer than ${plural(params['limit'], 'character')}`,
  }),
  maxItems: ({ subject, params }) => ({
    code: 'BP1107',
    message: `${subject} takes at most ${plural(params['limit'], 'item')}`,
  }),
  minimum: ({ subject, value, params }) => ({
    code: 'BP1106',
    message: `${subject} is ${show(value)}, it must be at least ${String(params['limit'])}`,
  }),
  maximum: ({ subject, value, params }) => ({
    code: 'BP1106',
    message: `${subject} is ${show(value)}, it must be at most ${String(params['limit'])}`,
  }),
  uniqueItems: twice,
  oneOf: exactlyOne,
};

function other({ subject, message }: Located): Words {
  return { code: 'BP1115', message: `${subject} ${message}` };
}

function wrongType(error: Located, scene: SchemaScene): Words {
  const { value, subject, path } = error;
  const schema = schemaAt(scene.schema, scene.document, path);
  if (isReference(schema) && value?.kind === 'scalar' && value.value !== null)
    return literalSecret(value, scene);
  const form = value?.kind === 'scalar' ? formWords(schema, value) : undefined;
  if (form !== undefined) return form;
  const wanted =
    typeof error.params['type'] === 'string' ? [error.params['type']] : (error.params['type'] as string[]);
  return {
    code: 'BP1101',
    message: `${subject} must be ${wanted.map((type) => TYPE_WORDS[type] ?? type).join(' or ')}, not ${kindOf(value)}`,
    ...typeHelp(wanted, value),
  };
}

/** `{ env }`, `{ file }` or `{ command }`. */
function isReference({ properties }: Schema): boolean {
  const keys = Object.keys(asObject(properties));
  return keys.length === 3 && ['env', 'file', 'command'].every((key) => keys.includes(key));
}

/** The value is in no message and in no excerpt. */
export function literalSecret(value: Tree, { report }: Pick<SchemaScene, 'report'>): Words {
  report.redact(value.place, value.kind === 'scalar' ? String(value.value) : '');
  return {
    code: 'BP1315',
    message: 'a secret stands in the plan itself',
    help: 'Replace it, because it may be in the history of the repository, and refer to it: { env: NAME }, { file: PATH } or { command: [...] }.',
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a map',
  array: 'a list',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

function kindOf(value: Tree | undefined): string {
  if (value?.kind === 'map') return 'a map';
  if (value?.kind === 'list') return 'a list';
  if (value?.kind !== 'scalar' || value.value === null) return 'empty';
  if (typeof value.value === 'number') return `the number ${String(value.value)}`;
  return typeof value.value === 'boolean' ? String(value.value) : `the text ${show(value)}`;
}

function typeHelp(wanted: readonly string[], value: Tree | undefined): Pick<Words, 'help'> {
  if (value?.kind !== 'scalar' || value.value === null) return {};
  if (wanted.includes('string') && value.plain !== undefined)
    return { help: `Write it in quotes: "${value.plain}".` };
  if (wanted.includes('array')) {
    const words = String(value.value)
      .trim()
      .split(/\s+/)
      .map((word) => JSON.stringify(word));
    return { help: `Write a list: [${words.join(', ')}].` };
  }
  const isQuoted = typeof value.value === 'string' && /^(\d+|true|false)$/.test(value.value);
  return isQuoted ? { help: 'Write it without quotes.' } : {};
}

function formWords({ pattern }: Schema, value: Tree): Words | undefined {
  const form = typeof pattern === 'string' ? FORMS[pattern] : undefined;
  if (form === undefined) return undefined;
  const { noun, ...rest } = form;
  return { ...rest, message: `${show(value)} is not ${noun}` };
}

function wrongForm({ value, params, subject, path }: Located): Words {
  const form = value && formWords({ pattern: String(params['pattern']) }, value);
  if (form !== undefined) return form;
  if (path.length === 1 && path[0] === 'name')
    return { code: 'BP1110', message: `${show(value)} cannot be the name of a plan`, help: GRAMMAR };
  return {
    code: 'BP1105',
    message: `${subject} cannot be ${show(value)}`,
    help: `It must match ${String(params['pattern'])}.`,
  };
}

const GRAMMAR = 'Use lower-case letters, digits and hyphens, at most 64, and start with a letter or digit.';

function wrongName({ params, path }: Located, { tree }: SchemaScene): Words {
  const name = String(params['propertyName']);
  const full = [...path, name];
  const help = path.length === 1 && path[0] !== 'labels' && path[0] !== 'secrets' ? { help: GRAMMAR } : {};
  return {
    code: 'BP1110',
    message: `"${name}" cannot be a name in ${subjectOf(path)}`,
    place: keyPlaceAt(tree, full),
    path: full,
    ...help,
  };
}

function notAllowed({ value, params, path, subject }: Located): Words {
  if (path.length === 1 && path[0] === 'version') {
    return {
      code: 'BP1114',
      message: `version ${show(value)} of the plan language is not supported`,
      help: 'Write `version: 1`.',
    };
  }
  const allowed =
    'allowedValue' in params ? [params['allowedValue']] : (params['allowedValues'] as unknown[]);
  const names = allowed.map(String);
  const guess = value?.kind === 'scalar' ? nearest(String(value.value), names) : undefined;
  const label = guess === undefined ? {} : { label: `did you mean "${guess}"?` };
  const help = { help: `Known: ${names.join(', ')}.` };
  if (
    path.length === 3 &&
    path[2] === 'type' &&
    ['resources', 'targets', 'notifications'].includes(String(path[0]))
  ) {
    const noun = nounOf(path.slice(0, 2), {}).replace(/^an? /, '');
    return { code: 'BP1109', message: `unknown ${noun} type ${show(value)}`, ...label, ...help };
  }
  const words = allowed.map((one) => JSON.stringify(one)).join(', ');
  return { code: 'BP1104', message: `${subject} cannot be ${show(value)}, only ${words}`, ...label };
}

function twice({ value, params, subject, path }: Located): Words {
  const index = Math.max(Number(params['i']), Number(params['j']));
  const item = value?.kind === 'list' ? value.items[index] : undefined;
  const place = item === undefined ? {} : { place: item.place };
  return {
    code: 'BP1108',
    message: `${subject} names ${show(item)} twice`,
    path: [...path, index],
    ...place,
  };
}

function exactlyOne({ value, params, subject, path }: Located, scene: SchemaScene): Words {
  const keys = alternativesAt(scene.schema, scene.document, path);
  const given = value?.kind === 'map' ? [...value.entries.keys()].filter((key) => keys.includes(key)) : [];
  return {
    code: 'BP1115',
    message: Array.isArray(params['passingSchemas'])
      ? `${subject} says more than one of: ${given.join(', ')}`
      : `${subject} needs one of: ${keys.join(', ')}`,
    help: `Give exactly one of ${keys.slice(0, -1).join(', ')} and ${keys.at(-1) ?? ''}.`,
  };
}

function subjectOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the plan';
  return typeof last === 'number'
    ? `item ${String(last + 1)} of ${subjectOf(path.slice(0, -1))}`
    : `"${last}"`;
}

/** A value in a message, cut to a length that fits into a line. */
export function show(value: Tree | undefined): string {
  if (value?.kind === 'map') return 'a map';
  if (value?.kind === 'list') return 'a list';
  if (value === undefined || value.value === null) return 'empty';
  const text = JSON.stringify(value.value);
  return text.length <= 60 ? text : `${text.slice(0, 56)}…"`;
}

function plural(count: unknown, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
