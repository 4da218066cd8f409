import type { Mode } from './mode.ts';
import type { CopyMark } from './mark.ts';
import type { SnapshotRecord } from './record.ts';
import type { TargetCapabilities } from './target.ts';

/** A snapshot as the catalog sees it: one id, with a copy on each target that has its record. */
export interface Snapshot {
  readonly id: string;
  readonly plan: string;
  readonly resource: string;
  readonly mode: Mode;
  readonly consistentAtMs: number;
  readonly committedMs: number;
  /** Any copy's record; what differs between copies is only binding. */
  readonly record: SnapshotRecord;
  readonly copies: readonly Copy[];
  /** Good = committed, every ancestor present, not known to be damaged. */
  readonly good: boolean;
  /** Why it is not good. */
  readonly defect?: string;
  readonly verified?: { readonly level: VerifyLevel; readonly atMs: number };
  /** A pin that is in force whatever retention says; without `untilMs` until it is taken away. */
  readonly pinned?: { readonly untilMs?: number };
}

export interface Copy {
  readonly target: string;
  readonly state: CopyState;
  readonly record: SnapshotRecord;
  /** Hex SHA-256 of the payload bytes. */
  readonly recordSha256: string;
  /** Marks of prune runs that nobody cancelled; `state` is `condemned` exactly where there are any. */
  readonly marks?: readonly CopyMark[];
  /** What its state would be without the marks; given where there are any. */
  readonly unmarked?: CopyState;
  /** Committed there while an ancestor was condemned there: such a copy makes no snapshot good. */
  readonly demoted?: true;
}

export type CopyState = 'present' | 'missing' | 'condemned' | 'corrupt' | 'archived' | 'unknown';

export const VERIFY_LEVELS = ['record', 'checksum', 'decrypt'] as const;
export type VerifyLevel = (typeof VERIFY_LEVELS)[number];

/** Everything the targets' records say, with what could not be read said beside it. */
export interface Catalog {
  /** Newest last. */
  readonly snapshots: readonly Snapshot[];
  readonly problems: readonly CatalogProblem[];
  /** Targets that were read in full. Absence on any other target is no evidence. */
  readonly read: ReadonlySet<string>;
  /** By target, ids of snapshots that a prune has deleted there: their records may never come back. */
  readonly pruned?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Objects read, for the summary line. */
  readonly events: readonly EventRecord[];
  /** The targets that could be opened, by name. */
  readonly stores?: ReadonlyMap<string, CatalogStore>;
  /** When it was read, by the clock of this machine; absent where nobody asked it. */
  readonly readMs?: number;
}

export interface CatalogStore {
  readonly targetId: string;
  /** What its protocol promises; what it really does, the events of kind `probe` say. */
  readonly capabilities: TargetCapabilities;
}

export interface CatalogProblem {
  readonly target: string;
  readonly key?: string;
  readonly code:
    | 'RECORD_REJECTED'
    | 'CATALOG_GAP'
    | 'TARGET_ROLLED_BACK'
    | 'TARGET_STALE'
    | 'DATED_AHEAD'
    | 'TARGET_UNREACHABLE'
    | 'TARGET_TIMEOUT'
    | 'TARGET_AUTH'
    | 'TARGET_UNTRUSTED'
    | 'TARGET_NOT_OURS'
    | 'TARGET_FORMAT'
    | 'TARGET_UNSAFE'
    | 'TARGET_DENIED'
    | 'TARGET_IO'
    | 'CORRUPT';
  readonly message: string;
}

/**
 * `pin`, `unpin`: keep beyond retention, and no longer. `cancel`: marks that count no more. `demote`:
 * committed while its parent was condemned, never good. `gone`: deleted by a prune; its record may
 * never come back. `unchanged`: looked at a tick and found equal to the newest snapshot. `probe`: what
 * the store of the target really does.
 */
export const EVENT_KINDS = [
  'run',
  'restore',
  'undo',
  'verify',
  'prune',
  'pin',
  'unpin',
  'cancel',
  'demote',
  'gone',
  'unchanged',
  'rewrap',
  'probe',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The signed payload of `<plan>/events/<ulid>.json`. */
export interface EventRecord {
  readonly type: 'event';
  readonly version: 1;
  readonly repoId: string;
  readonly targetId: string;
  readonly key: string;
  readonly plan: string;
  readonly event: EventKind;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly runId: string;
  readonly writer: string;
  readonly toolVersion: string;
  /** Facts by kind of event; no names of files, hosts or databases. */
  readonly facts: Readonly<Record<string, unknown>>;
}
