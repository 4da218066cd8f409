import type { JsonObject, JsonValue } from '../domain/json.ts';
import { DEFAULTED_KEYS, resolvedDocument } from './document.ts';
import { BUILT_IN, completed, isObject } from './normalise/built-in.ts';
import { rangeOf } from './source/source.ts';
import { at, type MapTree, type Path } from './source/tree.ts';

/** A plan that was read, whether or not it is valid. */
export interface Readable {
  readonly tree?: MapTree;
}

/** Every value that counts: what the plan says, its defaults, and what is built in. Secrets as `<secret env:NAME>`. */
export function effectivePlan({ tree }: Readable): JsonObject {
  if (tree === undefined) return {};
  const document = completed(resolvedDocument(tree, 'value'), BUILT_IN.plan) as JsonObject;
  const targets = each(document['targets'], BUILT_IN.target);
  const onlyTarget = Object.keys(targets)[0];
  return {
    ...document,
    ...(onlyTarget === undefined ? {} : { state: document['state'] ?? onlyTarget }),
    ...(document['secrets'] === undefined ? {} : { secrets: mapObject(document['secrets'], describeSecret) }),
    encryption: mapObject(each(document['encryption'], BUILT_IN.encryption), (profile) =>
      hideIn(profile, 'privateKey'),
    ),
    signing: hideIn(document['signing'] ?? {}, 'use'),
    targets,
    schedules: each(document['schedules'], BUILT_IN.schedule),
    retention: each(document['retention'], BUILT_IN.retention),
    ...(document['policies'] === undefined
      ? {}
      : { policies: completed(document['policies'], BUILT_IN.policies) }),
    resources: mapObject(document['resources'], completeResource),
    notifications: each(document['notifications'], BUILT_IN.notification),
  };
}

/** Policies and schedules that are written in the resource are completed as named ones are. */
function completeResource(resource: JsonValue): JsonValue {
  const whole = completed(resource, BUILT_IN.resource) as JsonObject;
  const { retention, targets, schedule } = whole;
  return {
    ...whole,
    ...(isObject(retention) ? { retention: completed(retention, BUILT_IN.retention) } : {}),
    ...(isObject(targets) ? { targets: mapObject(targets, completeRetention) } : {}),
    ...(isObject(schedule) ? { schedule: mapObject(schedule, completeSchedule) } : {}),
  };
}

function completeSchedule(schedule: JsonValue): JsonValue {
  return isObject(schedule) ? completeRetention(completed(schedule, BUILT_IN.schedule)) : schedule;
}

function completeRetention(holder: JsonValue): JsonValue {
  if (!isObject(holder) || !isObject(holder['retention'])) return holder;
  return { ...holder, retention: completed(holder['retention'], BUILT_IN.retention) };
}

export interface OriginExplanation {
  readonly path: string;
  readonly value: JsonValue;
  /** `plan`: written there; `defaults`: taken from `defaults`; `built-in`: what holds where a plan says nothing. */
  readonly origin: 'plan' | 'defaults' | 'built-in';
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Before interpolation, where there was one. */
  readonly written?: string;
}

/** Where an effective value comes from, for `resources.calls.schedule` or `signing.keys.ci.may[0]`. */
export function explainOrigin(readable: Readable, address: string): OriginExplanation | undefined {
  const path = parseAddress(address);
  const value = valueAt(effectivePlan(readable), path);
  const { tree } = readable;
  if (value === undefined || tree === undefined) return undefined;
  return (
    originIn(tree, path, { path: address, value, origin: 'plan' }) ??
    originIn(tree, defaultPath(tree, path), { path: address, value, origin: 'defaults' }) ?? {
      path: address,
      value,
      origin: 'built-in',
    }
  );
}

function originIn(
  tree: MapTree,
  path: Path | undefined,
  known: OriginExplanation,
): OriginExplanation | undefined {
  const found = path === undefined ? undefined : at(tree, path);
  if (found === undefined) return undefined;
  const { file, line, column } = rangeOf(found.place);
  const written =
    found.kind === 'scalar' && found.interpolation !== undefined ? { written: String(found.raw) } : {};
  return { ...known, file, line, column, ...written };
}

/** The same key under `defaults`, where the resource does not replace it. */
function defaultPath(tree: MapTree, path: Path): Path | undefined {
  const [section, name, key, ...rest] = path;
  const isDefaulted = section === 'resources' && DEFAULTED_KEYS.some((one) => one === key);
  if (!isDefaulted || name === undefined || key === undefined || at(tree, [section, name, key]) !== undefined)
    return undefined;
  return ['defaults', key, ...rest];
}

function parseAddress(address: string): Path {
  return address
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function valueAt(value: JsonValue, path: Path): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Readonly<Record<string | number, JsonValue>>)[step];
  }
  return current;
}

function each(map: JsonValue | undefined, builtIn: JsonValue): JsonObject {
  return mapObject(map, (item) => completed(item, builtIn));
}

function mapObject(map: JsonValue | undefined, change: (item: JsonValue) => JsonValue): JsonObject {
  if (!isObject(map)) return {};
  return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, change(item)]));
}

function hideIn(value: JsonValue, key: string): JsonValue {
  return isObject(value) && value[key] !== undefined
    ? { ...value, [key]: describeSecret(value[key]) }
    : value;
}

/** A reference is no secret, but what was written in its place might be. */
function describeSecret(reference: JsonValue): JsonValue {
  if (!isObject(reference)) return '<secret>';
  const { env, file, command } = reference;
  if (typeof env === 'string') return `<secret env:${env}>`;
  if (typeof file === 'string') return `<secret file:${file}>`;
  return Array.isArray(command) ? `<secret command:${String(command[0])}>` : '<secret>';
}
