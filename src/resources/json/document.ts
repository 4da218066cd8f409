import { createHash } from 'node:crypto';
import { createJsonScanner } from '../../domain/json-scanner.ts';
import { canonicalValue, enter, skipSpace, takeString, type Cursor } from './layout.ts';

/** A text that has been read to its end and found to be one JSON value without doubtful places. */
export interface JsonDocument {
  readonly text: string;
  /** Of the object that the text is, in its order; absent where it is none. */
  readonly members?: readonly Member[];
  /** It holds nothing: `{}`, `[]`, `""` or `null`. */
  readonly empty: boolean;
}

/** Offsets are those of the text. */
export interface Member {
  readonly key: string;
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Digest and size of the value, whatever its layout and the order of keys in it. */
  readonly sha256: string;
  readonly bytes: number;
}

export type Parsed =
  { readonly ok: true; readonly document: JsonDocument } | { readonly ok: false; readonly problem: string };

/** Deeper than any reader of JSON is sure to follow. */
const MAX_DEPTH = 1_000;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_SHOWN = 60;

/** Refuses what two readers could understand in two ways: bytes that are no UTF-8, keys that occur twice. */
export function parseDocument(bytes: Buffer): Parsed {
  if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    return { ok: false, problem: 'it begins with a byte order mark' };
  }
  const scanner = createJsonScanner(MAX_DEPTH);
  scanner.push(bytes);
  const flaw = scanner.finish();
  if (flaw !== undefined) return { ok: false, problem: flaw };
  return readStructure(bytes.toString('utf8'));
}

function readStructure(text: string): Parsed {
  const cursor: Cursor = { text, at: 0 };
  skipSpace(cursor);
  const members = text[cursor.at] === '{' ? readMembers(cursor) : undefined;
  const value = members === undefined ? canonicalValue(cursor) : '';
  const twice = cursor.duplicate ?? repeatedKey(members ?? []);
  if (twice !== undefined)
    return { ok: false, problem: `the key ${shown(twice)} occurs twice in one object` };
  const broken = members?.find(({ key }) => LONE_SURROGATE.test(key));
  if (broken !== undefined) return { ok: false, problem: `the key ${shown(broken.key)} is no Unicode text` };
  const empty = members === undefined ? ['[]', '""', 'null'].includes(value) : members.length === 0;
  return { ok: true, document: { text, empty, ...(members === undefined ? {} : { members }) } };
}

function readMembers(cursor: Cursor): readonly Member[] {
  const members: Member[] = [];
  while (enter(cursor, '}')) {
    const start = cursor.at;
    const key = JSON.parse(takeString(cursor)) as string;
    const keyEnd = cursor.at;
    skipSpace(cursor);
    cursor.at += 1;
    skipSpace(cursor);
    const valueStart = cursor.at;
    const value = Buffer.from(canonicalValue(cursor));
    const sha256 = createHash('sha256').update(value).digest('hex');
    members.push({ key, start, keyEnd, valueStart, valueEnd: cursor.at, sha256, bytes: value.length });
  }
  return members;
}

function repeatedKey(members: readonly Member[]): string | undefined {
  const seen = new Set<string>();
  for (const { key } of members) {
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}

function shown(key: string): string {
  return JSON.stringify(key.length > MAX_SHOWN ? `${key.slice(0, MAX_SHOWN)}…` : key);
}
