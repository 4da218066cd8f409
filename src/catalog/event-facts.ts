import { FAILURE_KINDS, type FailureCode } from '../domain/failure.ts';
import { MODES, type Mode } from '../domain/mode.ts';
import type { SignerRole } from '../domain/plan.ts';
import { VERIFY_LEVELS, type EventKind, type EventRecord, type VerifyLevel } from '../domain/snapshot.ts';
import { isSnapshotId } from './ids.ts';
import { isSegment } from './keys.ts';
import {
  flag,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  satisfying,
  sha256,
  text,
  timestamp,
  type Check,
} from './shape.ts';

/** What each kind of event says. No names of files, hosts or databases. */
export type EventFacts =
  | { readonly event: 'run'; readonly facts: RunFacts }
  | { readonly event: 'restore'; readonly facts: RestoreFacts }
  | { readonly event: 'verify'; readonly facts: VerifyFacts }
  | { readonly event: 'undo'; readonly facts: UndoFacts }
  | { readonly event: 'prune'; readonly facts: PruneFacts }
  | { readonly event: 'pin'; readonly facts: PinFacts }
  | { readonly event: 'unpin' | 'demote'; readonly facts: SnapshotFacts }
  | { readonly event: 'cancel'; readonly facts: CancelFacts }
  | { readonly event: 'gone'; readonly facts: GoneFacts }
  | { readonly event: 'unchanged'; readonly facts: UnchangedFacts }
  | { readonly event: 'rewrap'; readonly facts: RewrapFacts }
  | { readonly event: 'probe'; readonly facts: ProbeFacts };

export interface RunFacts {
  readonly result: 'succeeded' | 'partial' | 'failed' | 'interrupted';
  readonly planDigest: string;
  readonly durationMs: number;
  readonly resources: readonly RunResource[];
  /** Copies that were missing: made, or not. */
  readonly copies?: readonly RunCopy[];
}

export interface RunCopy {
  readonly snapshotId: string;
  readonly resource: string;
  readonly target: string;
  readonly state: 'copied' | 'failed' | 'skipped';
  /** Present where it failed. */
  readonly code?: FailureCode;
}

export interface RunResource {
  readonly resource: string;
  readonly state: 'succeeded' | 'failed' | 'skipped';
  readonly mode: Mode;
  readonly snapshotId?: string;
  readonly targets?: readonly string[];
  /** Targets that should have it and got no copy. */
  readonly missing?: readonly string[];
  /** Ciphertext bytes of all artifacts. */
  readonly bytes?: number;
  readonly durationMs?: number;
  /** Present where it failed. */
  readonly code?: FailureCode;
}

export interface RestoreFacts {
  readonly resource: string;
  readonly snapshotId: string;
  readonly target: string;
  readonly result: 'succeeded' | 'failed';
  /** Present where it replaced the live resource: what `undo` takes. */
  readonly restoreId?: string;
  readonly entries?: number;
  readonly bytes?: number;
  readonly durationMs: number;
  readonly code?: FailureCode;
}

export interface VerifyFacts {
  readonly snapshotId: string;
  readonly level: VerifyLevel;
  readonly result: 'passed' | 'failed';
  /** Name of the target whose copy was checked. */
  readonly target: string;
  readonly durationMs?: number;
  readonly code?: FailureCode;
}

export interface UndoFacts {
  readonly restoreId: string;
  readonly result: 'succeeded' | 'failed';
  readonly durationMs: number;
  readonly code?: FailureCode;
}

export interface PruneFacts {
  readonly result: 'succeeded' | 'failed';
  /** Snapshots by what became of them, on all targets. */
  readonly condemned: number;
  readonly swept: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface SnapshotFacts {
  readonly snapshotId: string;
}

export interface PinFacts extends SnapshotFacts {
  /** ISO 8601 UTC. */
  readonly until?: string;
}

/** The marks of these runs on this snapshot count no more, on the target of the event. */
export interface CancelFacts extends SnapshotFacts {
  readonly marks: readonly string[];
}

/** The record with this digest was deleted from the target of the event and may not come back. */
export interface GoneFacts extends SnapshotFacts {
  readonly resource: string;
  readonly recordSha256: string;
}

export interface UnchangedFacts extends SnapshotFacts {
  readonly resource: string;
  readonly mode: Mode;
  /** The schedule tick that it answers, ISO 8601 UTC. */
  readonly slot?: string;
  readonly nextExpectedBy?: string;
}

export interface RewrapFacts extends SnapshotFacts {
  readonly artifact: string;
  /** Fingerprints that can open it now and could not before. */
  readonly added: readonly string[];
}

/** What the store of the event's target did with objects made for the purpose; what could not be told is absent. */
export interface ProbeFacts {
  /** Name of the target. */
  readonly target: string;
  /** A second creation under a key was refused, and the first content stayed. */
  readonly createOnly: boolean;
  /** Of several creations of one key at the same moment exactly one won. */
  readonly oneWinner: boolean;
  /** Objects read back as they were written, at once. */
  readonly readAfterWrite: boolean;
  /** Listings showed, at once, every object that was created. */
  readonly listAfterWrite: boolean;
  /** Listings of several pages showed every key. */
  readonly wholeListings?: boolean;
  /** Newer objects have later modification times. */
  readonly modificationTimes: boolean;
  /** How far the store's clock is ahead of the prober's; negative where it is behind. */
  readonly clockAheadMs?: number;
  /** The prober's credentials may delete data. */
  readonly mayRemove?: boolean;
  /** New objects are locked against deletion, whoever asks. */
  readonly lock: boolean;
  readonly durationMs: number;
}

/** Which signers may say what: a key that only prunes cannot vouch for data, one that writes deletes nothing. */
export const EVENT_ROLES: Readonly<Record<EventKind, readonly [SignerRole, ...SignerRole[]]>> = {
  run: ['write', 'apply', 'prune'],
  restore: ['write', 'apply', 'prune'],
  undo: ['write', 'apply', 'prune'],
  verify: ['write', 'apply', 'prune'],
  prune: ['prune'],
  pin: ['write', 'apply', 'prune'],
  unpin: ['write', 'apply', 'prune'],
  cancel: ['write', 'apply', 'prune'],
  demote: ['write'],
  gone: ['prune'],
  unchanged: ['write'],
  rewrap: ['write'],
  probe: ['write', 'apply', 'prune'],
};

const segment = satisfying(isSegment, 'a name of the key grammar');
const snapshotId = satisfying(isSnapshotId, 'a snapshot id');
const code = optional(oneOf(Object.keys(FAILURE_KINDS)));
const count = integer(0);

const resource = object<RunResource>({
  resource: segment,
  state: oneOf(['succeeded', 'failed', 'skipped']),
  mode: oneOf(MODES),
  snapshotId: optional(snapshotId),
  targets: optional(listOf(segment, 1000)),
  missing: optional(listOf(segment, 1000)),
  bytes: optional(count),
  durationMs: optional(count),
  code,
});

const runCopy = object<RunCopy>({
  snapshotId,
  resource: segment,
  target: segment,
  state: oneOf(['copied', 'failed', 'skipped']),
  code,
});

const onlySnapshot = object<SnapshotFacts>({ snapshotId });

const shapes: Readonly<Record<EventKind, Check>> = {
  undo: object<UndoFacts>({
    restoreId: segment,
    result: oneOf(['succeeded', 'failed']),
    durationMs: count,
    code,
  }),
  prune: object<PruneFacts>({
    result: oneOf(['succeeded', 'failed']),
    condemned: count,
    swept: count,
    bytes: count,
    durationMs: count,
  }),
  pin: object<PinFacts>({ snapshotId, until: optional(timestamp) }),
  unpin: onlySnapshot,
  demote: onlySnapshot,
  cancel: object<CancelFacts>({ snapshotId, marks: listOf(segment, 10_000) }),
  gone: object<GoneFacts>({ snapshotId, resource: segment, recordSha256: sha256 }),
  unchanged: object<UnchangedFacts>({
    snapshotId,
    resource: segment,
    mode: oneOf(MODES),
    slot: optional(timestamp),
    nextExpectedBy: optional(timestamp),
  }),
  rewrap: object<RewrapFacts>({ snapshotId, artifact: segment, added: listOf(text(64), 1000) }),
  probe: object<ProbeFacts>({
    target: segment,
    createOnly: flag,
    oneWinner: flag,
    readAfterWrite: flag,
    listAfterWrite: flag,
    wholeListings: optional(flag),
    modificationTimes: flag,
    clockAheadMs: optional(integer(Number.MIN_SAFE_INTEGER)),
    mayRemove: optional(flag),
    lock: flag,
    durationMs: count,
  }),
  run: object<RunFacts>({
    result: oneOf(['succeeded', 'partial', 'failed', 'interrupted']),
    planDigest: text(128),
    durationMs: count,
    resources: listOf(resource, 20_000),
    copies: optional(listOf(runCopy, 1000)),
  }),
  restore: object<RestoreFacts>({
    resource: segment,
    snapshotId,
    target: segment,
    result: oneOf(['succeeded', 'failed']),
    restoreId: optional(segment),
    entries: optional(count),
    bytes: optional(count),
    durationMs: count,
    code,
  }),
  verify: object<VerifyFacts>({
    snapshotId,
    level: oneOf(VERIFY_LEVELS),
    result: oneOf(['passed', 'failed']),
    target: segment,
    durationMs: optional(count),
    code,
  }),
};

export function eventFactsProblem(event: EventRecord): string | undefined {
  return shapes[event.event](event.facts, 'event.facts');
}

/** The facts of an event that `readCatalog` or `parseEventRecord` returned, by its kind. */
export function factsOf(event: EventRecord): EventFacts {
  return { event: event.event, facts: event.facts } as unknown as EventFacts;
}
