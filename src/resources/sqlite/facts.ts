import type { Fingerprint } from './page-blocks.ts';

/** What the index header of a snapshot says, as far as a later capture or a restore needs it. */
export interface SnapshotFacts {
  readonly fileName?: string;
  /** Release of sqlite3 that made the snapshot. */
  readonly sqlite?: string;
  readonly content?: 'database' | 'schema';
  /** The copy that a restore gives back to the byte. */
  readonly copy?: Fingerprint;
  /** The copy that the changed pages are laid over. */
  readonly base?: Fingerprint;
  /** Of a source that had no write-ahead log: every commit raises it. */
  readonly changeCounter?: number;
}

/** The lines of an index begin with its header. Undefined where the first line is none. */
export function readFacts(header: Buffer): SnapshotFacts | undefined {
  try {
    const { facts } = JSON.parse(header.toString('utf8')) as { readonly facts?: unknown };
    return typeof facts === 'object' && facts !== null ? factsFrom(facts) : undefined;
  } catch {
    return undefined;
  }
}

export function factsFrom(facts: object): SnapshotFacts {
  const { fileName, sqlite, content, copy, base, changeCounter } = facts as Readonly<Record<string, unknown>>;
  return {
    ...(typeof fileName === 'string' && { fileName }),
    ...(typeof sqlite === 'string' && { sqlite }),
    ...((content === 'database' || content === 'schema') && { content }),
    ...(isFingerprint(copy) && { copy }),
    ...(isFingerprint(base) && { base }),
    ...(typeof changeCounter === 'number' && { changeCounter }),
  };
}

function isFingerprint(value: unknown): value is Fingerprint {
  if (typeof value !== 'object' || value === null) return false;
  const { bytes, sha256 } = value as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(bytes) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}
