import type { ArtifactRecord, ChainRecord, IndexRecord } from '../domain/record.ts';
import type { ObjectUpload } from '../domain/target.ts';

/** A snapshot that has been captured, judged whole and staged, but is committed nowhere yet. */
export interface CapturedSnapshot {
  /** Objects to ship, in the order in which they are written: artifacts, then the index. */
  readonly objects: readonly StagedObject[];
  readonly artifacts: readonly ArtifactRecord[];
  readonly index: IndexRecord;
  /** Hex SHA-256 of all entries of the index, where the capture was asked for it. */
  readonly entriesSha256?: string;
  readonly chain: ChainRecord;
  readonly startedMs: number;
  readonly consistentAtMs: number;
  readonly durationMs: number;
  /** What the version command of the resource printed. */
  readonly appVersion?: string;
  readonly warnings: readonly string[];
}

/** Ciphertext of one object, judged whole, that no target shows yet. */
export interface StagedObject {
  readonly key: string;
  readonly bytes: number;
  /** Lower-case hex of the whole. */
  readonly sha256: string;
  /** A file of this machine, or an upload to the one target of the snapshot that is still to be published. */
  readonly held: { readonly path: string } | { readonly upload: ObjectUpload };
}

/** The source still is what this snapshot holds: there is nothing to ship and nothing to commit. */
export interface UnchangedSource {
  readonly unchangedSince: string;
}

/** What a run captured, by snapshot id: written by capture, read by ship and commit. */
export type CapturedSnapshots = Map<string, CapturedSnapshot | UnchangedSource>;

export function isUnchanged(captured: CapturedSnapshot | UnchangedSource): captured is UnchangedSource {
  return 'unchangedSince' in captured;
}

export function unchangedText({ unchangedSince }: UnchangedSource): string {
  return `unchanged since ${unchangedSince}`;
}

export function totalBytes(objects: readonly StagedObject[]): number {
  return objects.reduce((sum, object) => sum + object.bytes, 0);
}
