import type { IndexEntry } from '../../domain/record.ts';
import { createHash } from 'node:crypto';
import type { Member } from './document.ts';
import { compareBytes } from './byte-order.ts';
import type { ReadDocument } from './read-document.ts';

/** What the index header says about one document. */
export interface DocumentFacts {
  readonly artifact: string;
  readonly configured: string;
  /** Absolute, as lists show it. */
  readonly resolved: string;
  /** Top-level keys in their order; absent where the document is no object. */
  readonly keys?: readonly string[];
}

export type NamedEntry = IndexEntry & { readonly path: string };

export function fileEntry({
  resolved,
  bytes,
  stats,
}: ReadDocument): NamedEntry & { readonly sha256: string } {
  return {
    path: resolved.slice(1),
    type: 'file',
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: String(stats.mtimeNs),
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    stored: true,
  };
}

/** A key is listed beside its document, so that lists and differences name it. */
export function keyEntry(document: string, { key, bytes, sha256 }: Member): NamedEntry {
  return {
    path: pathOfKey(document, key),
    type: 'object',
    size: bytes,
    sha256,
    stored: true,
  };
}

export function pathOfKey(document: string, key: string): string {
  return `${document}#${key}`;
}

export function sortEntries(entries: readonly NamedEntry[]): readonly NamedEntry[] {
  return entries.toSorted((a, b) => compareBytes(a.path, b.path));
}
