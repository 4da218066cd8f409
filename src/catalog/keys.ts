import { isSnapshotId, isUlid } from './ids.ts';

/** Where the objects of one snapshot lie. */
export interface SnapshotPlace {
  readonly plan: string;
  readonly resource: string;
  readonly snapshotId: string;
}

export interface ArtifactFile {
  readonly name: string;
  readonly extension: string;
  readonly compression: 'zstd' | 'none';
}

/** What a key of the format names. */
export type ParsedKey =
  | { readonly kind: 'marker' | 'readme' }
  | ({ readonly kind: 'snapshot' } & SnapshotPlace)
  | ({ readonly kind: 'data' | 'index'; readonly file: string } & SnapshotPlace)
  | { readonly kind: 'event'; readonly plan: string; readonly id: string }
  | { readonly kind: 'log'; readonly plan: string; readonly serial: number }
  | { readonly kind: 'lease'; readonly plan: string; readonly scope: string }
  | {
      readonly kind: 'mark' | 'intent';
      readonly plan: string;
      readonly snapshotId: string;
      readonly runId: string;
    }
  | { readonly kind: 'checkpoint' | 'pack'; readonly plan: string; readonly id: string }
  | ({ readonly kind: 'keys'; readonly artifact: string } & SnapshotPlace)
  | { readonly kind: 'staging'; readonly runId: string; readonly file: string };

const MAX_SEGMENT_CHARACTERS = 64;
const MAX_KEY_CHARACTERS = 512;
const SEGMENT = /^[a-z0-9][a-z0-9._-]*$/;
const PACK_SUFFIX = '.ndjson.gz';
const SERIAL = /^[0-9]{10}\.json$/;
/** Names at the top that no plan can have. */
const RESERVED = new Set(['repo.json', 'readme.txt', 'tmp']);

/** A key that is not of this grammar is foreign: never listed as ours, never deleted. */
export function parseKey(key: string): ParsedKey | undefined {
  if (key === markerKey()) return { kind: 'marker' };
  if (key === readmeKey()) return { kind: 'readme' };
  if (!isKey(key)) return undefined;
  const [first = '', kind = '', ...rest] = key.split('/');
  if (first === 'tmp') return parseStaging(kind, rest);
  return RESERVED.has(first) ? undefined : parsePlanKey(first, kind, rest);
}

export function markerKey(): string {
  return 'repo.json';
}

export function readmeKey(): string {
  return 'README.txt';
}

export function snapshotKey(place: SnapshotPlace): string {
  return checked(`${place.plan}/snapshots/${place.resource}/${place.snapshotId}.json`);
}

export function dataKey(place: SnapshotPlace, artifact: ArtifactFile): string {
  const suffix = artifact.compression === 'zstd' ? '.zst.gpg' : '.gpg';
  return checked(`${dataFolder(place)}${artifact.name}.${artifact.extension}${suffix}`);
}

export function indexKey(place: SnapshotPlace, compression: 'zstd' | 'none' = 'zstd'): string {
  return dataKey(place, { name: 'index', extension: 'ndjson', compression });
}

export function eventKey(plan: string, id: string): string {
  return checked(`${plan}/events/${id}.json`);
}

export function logKey(plan: string, serial: number): string {
  return checked(`${plan}/log/${String(serial).padStart(10, '0')}.json`);
}

export function leaseKey(plan: string, scope: string): string {
  return checked(`${plan}/lease/${scope}.json`);
}

export function markKey(plan: string, snapshotId: string, runId: string): string {
  return checked(`${plan}/marks/${snapshotId}/${runId}.json`);
}

/** Advisory and unsigned: `runId` reads or writes the snapshot now. */
export function intentKey(plan: string, snapshotId: string, runId: string): string {
  return checked(`${plan}/intents/${snapshotId}/${runId}.json`);
}

export function checkpointKey(plan: string, id: string): string {
  return checked(`${plan}/checkpoints/${id}.json`);
}

/** The records that the checkpoint with the same id vouches for. */
export function packKey(plan: string, id: string): string {
  return checked(`${plan}/checkpoints/${id}${PACK_SUFFIX}`);
}

/** Key packets for recipients that were added after the artifact was written, by one run. */
export function overlayKey(place: SnapshotPlace, artifact: string, runId: string): string {
  return checked(`${place.plan}/keys/${place.resource}/${place.snapshotId}/${artifact}.${runId}.pkesk`);
}

/** Prefixes for listing; each ends with `/`. */
export const folders = {
  snapshots: (plan: string): string => `${plan}/snapshots/`,
  data: (plan: string): string => `${plan}/data/`,
  events: (plan: string): string => `${plan}/events/`,
  log: (plan: string): string => `${plan}/log/`,
  marks: (plan: string): string => `${plan}/marks/`,
  marksOf: (plan: string, snapshotId: string): string => `${plan}/marks/${snapshotId}/`,
  intents: (plan: string): string => `${plan}/intents/`,
  intentsOf: (plan: string, snapshotId: string): string => `${plan}/intents/${snapshotId}/`,
  checkpoints: (plan: string): string => `${plan}/checkpoints/`,
  keys: (plan: string): string => `${plan}/keys/`,
  leases: (plan: string): string => `${plan}/lease/`,
  dataOf: ({ plan, resource, snapshotId }: SnapshotPlace): string =>
    `${plan}/data/${resource}/${snapshotId}/`,
  keysOf: ({ plan, resource, snapshotId }: SnapshotPlace): string =>
    `${plan}/keys/${resource}/${snapshotId}/`,
};

export function isSegment(text: string): boolean {
  return text.length <= MAX_SEGMENT_CHARACTERS && SEGMENT.test(text);
}

export function isKey(key: string): boolean {
  return key.length <= MAX_KEY_CHARACTERS && key.split('/').every(isSegment);
}

function dataFolder(place: SnapshotPlace): string {
  return `${place.plan}/data/${place.resource}/${place.snapshotId}/`;
}

function parseStaging(runId: string, rest: readonly string[]): ParsedKey | undefined {
  return rest.length === 0 ? undefined : { kind: 'staging', runId, file: rest.join('/') };
}

function parsePlanKey(plan: string, kind: string, rest: readonly string[]): ParsedKey | undefined {
  switch (kind) {
    case 'snapshots':
      return parseSnapshot(plan, rest);
    case 'data':
      return parseData(plan, rest);
    case 'marks':
    case 'intents':
      return parseOfRun(plan, kind === 'marks' ? 'mark' : 'intent', rest);
    case 'keys':
      return parseOverlay(plan, rest);
    case 'checkpoints':
      return rest.length === 1 ? parseCheckpoint(plan, rest[0] ?? '') : undefined;
    case 'events':
    case 'log':
    case 'lease':
      return rest.length === 1 ? parseSingle(plan, kind, rest[0] ?? '') : undefined;
    default:
      return undefined;
  }
}

function parseSnapshot(plan: string, rest: readonly string[]): ParsedKey | undefined {
  const [resource, file, ...more] = rest;
  const snapshotId = withoutJson(file);
  if (resource === undefined || more.length > 0) return undefined;
  if (snapshotId === undefined || !isSnapshotId(snapshotId)) return undefined;
  return { kind: 'snapshot', plan, resource, snapshotId };
}

function parseData(plan: string, rest: readonly string[]): ParsedKey | undefined {
  const [resource, snapshotId, file, ...more] = rest;
  if (resource === undefined || file === undefined || more.length > 0) return undefined;
  if (snapshotId === undefined || !isSnapshotId(snapshotId) || !file.endsWith('.gpg')) return undefined;
  const kind = file === 'index.ndjson.zst.gpg' || file === 'index.ndjson.gpg' ? 'index' : 'data';
  return { kind, plan, resource, snapshotId, file };
}

function parseOfRun(plan: string, kind: 'mark' | 'intent', rest: readonly string[]): ParsedKey | undefined {
  const [snapshotId, file, ...more] = rest;
  const runId = withoutJson(file);
  if (snapshotId === undefined || runId === undefined || more.length > 0) return undefined;
  return isSnapshotId(snapshotId) && isUlid(runId) ? { kind, plan, snapshotId, runId } : undefined;
}

function parseOverlay(plan: string, rest: readonly string[]): ParsedKey | undefined {
  const [resource, snapshotId, file, ...more] = rest;
  if (resource === undefined || snapshotId === undefined || more.length > 0) return undefined;
  const [, artifact, runId] = /^(.+)\.([^.]+)\.pkesk$/.exec(file ?? '') ?? [];
  if (!isSnapshotId(snapshotId) || artifact === undefined || !isUlid(runId ?? '')) return undefined;
  return { kind: 'keys', plan, resource, snapshotId, artifact };
}

function parseCheckpoint(plan: string, file: string): ParsedKey | undefined {
  const isPack = file.endsWith(PACK_SUFFIX);
  const id = isPack ? file.slice(0, -PACK_SUFFIX.length) : withoutJson(file);
  if (id === undefined || !isUlid(id)) return undefined;
  return { kind: isPack ? 'pack' : 'checkpoint', plan, id };
}

function parseSingle(plan: string, kind: 'events' | 'log' | 'lease', file: string): ParsedKey | undefined {
  const name = withoutJson(file);
  if (name === undefined) return undefined;
  if (kind === 'lease') return { kind: 'lease', plan, scope: name };
  if (kind === 'events') return isUlid(name) ? { kind: 'event', plan, id: name } : undefined;
  return SERIAL.test(file) ? { kind: 'log', plan, serial: Number(name) } : undefined;
}

function withoutJson(file: string | undefined): string | undefined {
  return file?.endsWith('.json') === true ? file.slice(0, -'.json'.length) : undefined;
}

function checked(key: string): string {
  if (parseKey(key) === undefined) throw new RangeError(`key outside the grammar: ${JSON.stringify(key)}`);
  return key;
}
