import type { Mode } from './mode.ts';

/** The signed payload of `<plan>/snapshots/<resource>/<snapshotId>.json`. One per target. */
export interface SnapshotRecord {
  readonly type: 'snapshot';
  readonly version: 1;
  readonly repoId: string;
  readonly targetId: string;
  /** The key under which this record itself lies. */
  readonly key: string;
  readonly snapshotId: string;
  readonly plan: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly label?: string;
  readonly groupId?: string;
  readonly writer: string;
  /** Digests of the newest records of this resource that the writer saw on this target. */
  readonly parents: readonly string[];
  /** Digests of the newest records it saw on the other targets, by target name. */
  readonly anchors: Readonly<Record<string, string>>;

  readonly planDigest: string;
  readonly gitCommit?: string;
  readonly runId: string;
  /** The schedule tick this snapshot answers, ISO 8601 UTC; absent for `backup` by hand. */
  readonly slot?: string;
  readonly nextExpectedBy?: string;
  readonly toolVersion: string;

  readonly platform: { readonly os: string; readonly arch: string; readonly appVersion?: string };

  /** ISO 8601 UTC with milliseconds. */
  readonly started: string;
  readonly consistentAt: string;
  readonly committed: string;
  readonly durationMs: number;

  readonly artifacts: readonly ArtifactRecord[];
  readonly index: IndexRecord;
  readonly chain: ChainRecord;
  readonly result: 'complete' | 'complete-with-warnings';
  /** Problems that the policy let pass; short, at most 1,000, the rest counted in the last one. */
  readonly warnings: readonly string[];
}

export interface ArtifactRecord {
  readonly key: string;
  /** Unique within the snapshot: `files`, `database`. */
  readonly name: string;
  readonly mediaType: string;
  /** Ciphertext size and digest. */
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly prefixes: PrefixDigests;
  readonly raw: { readonly bytes: number; readonly sha256?: string };
  readonly compression: 'zstd' | 'none';
  readonly encryption: { readonly profile: string; readonly recipients: readonly string[] };
  readonly source: ArtifactSourceFacts;
}

/** Running SHA-256 after each `every` bytes; the last equals the digest of the whole. */
export interface PrefixDigests {
  readonly every: number;
  readonly digests: readonly string[];
}

export interface ArtifactSourceFacts {
  readonly tool: string;
  readonly toolVersion?: string;
  readonly serverVersion?: string;
  readonly exitCode: number;
  /** What proved the output complete: `tar --totals`, `integrity_check`, `endsWith` … */
  readonly completion: string;
  readonly warnings: readonly string[];
  readonly skipped: readonly string[];
}

export interface IndexRecord {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly prefixes: PrefixDigests;
  readonly rawBytes: number;
  readonly entries: number;
  /** Compressed like the artifacts. */
  readonly compression: 'zstd' | 'none';
}

export interface ChainRecord {
  readonly mode: Mode;
  /** Snapshot id of the full at the bottom; its own for a full. */
  readonly root: string;
  readonly parent?: { readonly snapshotId: string; readonly recordSha256: string };
  /** 0 for a full. */
  readonly level: number;
  /** Why a full was taken where the schedule asked for less. */
  readonly fallback?: string;
}

/** One entry of the encrypted index, one JSON line each, sorted by path bytes. */
export interface IndexEntry {
  /** UTF-8 path; where the bytes are no UTF-8, absent and `path64` holds them. A directory ends with `/`. */
  readonly path?: string;
  readonly path64?: string;
  readonly type:
    'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'socket' | 'character' | 'block' | 'object';
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Decimal string: nanoseconds do not fit a double. */
  readonly mtimeNs?: string;
  readonly ctimeNs?: string;
  readonly inode?: string;
  readonly size?: number;
  readonly link?: string;
  readonly link64?: string;
  /** Lower-case hex, of the content, where a resource type reads it anyway. */
  readonly sha256?: string;
  /**
   * True where the payload is in this snapshot and not in an ancestor; false where it is in neither
   * (a socket, a file that could not be read). A directory of which a child was stored, added or
   * removed is in this snapshot as well, to set its times again.
   */
  readonly stored?: boolean;
}

/** First line of the index. */
export interface IndexHeader {
  readonly format: 'backup-plan/index@1';
  readonly resource: string;
  readonly mode: Mode;
  /** Free facts of the resource type: roots, database names, tool versions. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Last line of the index: its presence proves that the index is whole. */
export interface IndexTrailer {
  readonly end: true;
  readonly entries: number;
  readonly log: readonly string[];
}
