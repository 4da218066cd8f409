import type { Clock, Timers } from './clock.ts';
import type { ToolRequirement, Tools } from './command.ts';
import type { Finding } from './diagnostic.ts';
import type { JsonObject } from './json.ts';
import type { Pipelines } from './pipeline.ts';
import type { Result } from './result.ts';
import type { SecretReader } from './secret.ts';

/**
 * A place that holds snapshots, as a flat store of objects under keys of the grammar in
 * `catalog/keys.ts` (segments `[a-z0-9][a-z0-9._-]*`, joined by `/`).
 *
 * Promises, checked by one conformance suite for every adapter:
 * - No method is called before `open` succeeded; `open` is called once and has no lasting effect.
 * - Every method may be called concurrently with every other.
 * - An object is visible under its key either whole or not at all, and durable once the creating
 *   call has returned.
 * - No method replaces an existing object. There is no overwrite.
 * - An absent object is `undefined` or `false`, never a failure; a place that cannot be read is a
 *   failure, never "absent".
 * - Failures say whether a retry can help through their code (`FAILURE_KINDS[code].retryable`).
 * - `signal` ends an operation soon; what it leaves behind is invisible and collectable.
 */
export interface Target {
  readonly name: string;
  readonly capabilities: TargetCapabilities;

  /**
   * Checks that the place is there and safe (mount, owner, no planted links). Never creates it. Where a
   * store answered that there is no such place, the failure has the fact `absent: true`.
   */
  open(): Promise<Result<void>>;

  /** Creates the empty place where `open` says it does not exist yet. Only `apply` with --init-target or a first apply calls it. */
  prepare(): Promise<Result<void>>;

  /** Whole small object, at most `maxBytes` (else CORRUPT), or undefined where there is none. */
  get(key: string, maxBytes: number): Promise<Result<Buffer | undefined>>;

  /** Create-only publish of a small object. `exists` where the key is taken, whatever its content. */
  create(key: string, bytes: Uint8Array): Promise<Result<'created' | 'exists'>>;

  /**
   * Create-only publish of a staged local file. The file stays. `exists` as above. CORRUPT where the file
   * is gone, or is no longer what was staged.
   */
  upload(key: string, file: StagedFile, options?: TransferOptions): Promise<Result<'created' | 'exists'>>;

  /**
   * A create-only publish of bytes that are not on a disk, for stores that need not know the length
   * beforehand; given exactly where `capabilities.streaming` says so. Memory is bounded whatever the size.
   */
  startUpload?(key: string, options?: TransferOptions): Promise<Result<ObjectUpload>>;

  /**
   * Bytes of an object in order, from `offset` on; NOT_FOUND where there is none, TRUNCATED where it has
   * fewer bytes than `offset`, ARCHIVED where it must be thawed first. A failure in the middle ends the
   * iteration and is what `failure()` then says. Who stops iterating early leaves nothing open.
   */
  read(key: string, options?: ReadOptions): Promise<Result<ObjectBytes>>;

  stat(key: string): Promise<Result<ObjectFacts | undefined>>;

  /** Every key that starts with `prefix` (a folder, ends with `/`, or empty), sorted; foreign names included. */
  list(prefix: string): Promise<Result<readonly ListedObject[]>>;

  /** Removes one object; idempotent. */
  remove(key: string): Promise<Result<void>>;

  /**
   * How an administrator gets back what lay under the key, where the store keeps what was replaced or
   * deleted; undefined where it has nothing of it. Changes nothing.
   */
  recovery?(key: string): Promise<Result<string | undefined>>;

  /** Asks for an archived object back, for stores that archive. May be repeated; says how far it is. */
  thaw?(key: string, request: ThawRequest): Promise<Result<ThawState>>;

  /** What the store does by itself and would hurt, or protect, what lies there; for `doctor`. Changes nothing. */
  examine?(): Promise<Result<readonly StoreNote[]>>;

  /** Free and total bytes, where the store can say. */
  space(): Promise<Result<SpaceFacts | undefined>>;

  /** A private 0700 folder on the target itself in which ciphertext may be staged, so that upload is a link; undefined where the store has none. */
  stagingDirectory(runId: string): Promise<Result<string | undefined>>;

  close(): Promise<void>;
}

/** What an adapter promises by its protocol and its options. What the store really does, a probe tells. */
export interface TargetCapabilities {
  /** `create` and `upload` are atomic against other writers; where they are not, they look first. */
  readonly createOnly: boolean;
  /** A list sees every object whose creation has returned. */
  readonly listAfterWrite: boolean;
  /** `stagingDirectory` yields one. */
  readonly staging: boolean;
  /** `startUpload` is there. */
  readonly streaming?: boolean;
  /** Holds some snapshots of a target and all that they need; what else their records name may lie elsewhere. */
  readonly extract?: boolean;
}

export interface StagedFile {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex of the whole. */
  readonly sha256: string;
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Bytes so far that the store has taken; never falls. Silence means that nothing moves. */
  readonly onProgress?: (bytes: number) => void;
  /** Awaited before each piece is sent: a bandwidth limit. */
  readonly pace?: Pace;
  /** Given for artifacts, which may lie in a slower and cheaper class; records, indexes and events may not. */
  readonly payload?: { readonly storageClass?: string };
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Bytes to leave out at the beginning; at the size, none are left. */
  readonly offset?: number;
}

/** Settles when that many bytes more may be moved. */
export type Pace = (bytes: number) => Promise<void>;

/** An object on its way. `finish` or `abort` ends it, and nothing is visible before `finish`. */
export interface ObjectUpload {
  /** Settles when more may be written. The chunk may be used again then. */
  write(chunk: Buffer): Promise<Result<void>>;
  /**
   * Publishes it where the store got exactly these bytes, else CORRUPT. `exists` as for `upload`. A failure
   * here, or of `write` before, leaves nothing visible; `abort` may follow and is harmless.
   */
  finish(expected: {
    readonly bytes: number;
    readonly sha256: string;
  }): Promise<Result<'created' | 'exists'>>;
  /** What the store has of it is removed, or can be collected. */
  abort(): Promise<void>;
}

export const THAW_TIERS = ['bulk', 'standard', 'expedited'] as const;
export type ThawTier = (typeof THAW_TIERS)[number];

export interface ThawRequest {
  readonly tier: ThawTier;
  /** How long it stays readable. */
  readonly days: number;
}

export interface ThawState {
  readonly state: 'readable' | 'thawing';
  /** A rough guess of the store's vendor. */
  readonly etaMs?: number;
}

/** One thing that `doctor` says about a store. */
export interface StoreNote {
  /** Short and fixed: `versioning`, `lifecycle`, `object lock`. */
  readonly topic: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly hint?: string;
}

export interface ObjectBytes {
  /** Of the whole object, whatever the offset. */
  readonly size: number;
  /** A chunk is valid until the next one is asked for: its memory may be used again. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Why the iteration ended early, once it has. */
  failure(): import('./failure.ts').Failure | undefined;
  /** A local path to the whole object, where there is one and no offset was asked for. */
  readonly localPath?: string;
}

export interface ObjectFacts {
  readonly size: number;
  /** Epoch milliseconds by the store's clock. */
  readonly modifiedMs: number;
  /** It cannot be read before it is thawed; absent for what can be read. */
  readonly archived?: 'archived' | 'thawing';
}

export interface ListedObject extends ObjectFacts {
  readonly key: string;
}

export interface SpaceFacts {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** An adapter: one folder under `src/targets`. */
export interface TargetType {
  readonly type: string;
  /** JSON Schema (draft-07) of the target's own keys; each with description and examples. */
  readonly optionsSchema: JsonObject;
  /** Reached over a network: attempts are repeated, reads taken up again, stalls ended, all outside the adapter. */
  readonly remote?: boolean;
  /** False where no store of the type can refuse a second creation of an object: the log needs that. */
  readonly createOnly?: false;
  /** Its targets have `startUpload`. */
  readonly streams?: boolean;
  /** It has classes of storage, which `payload` names. */
  readonly storageClasses?: boolean;
  /** Programs it drives. */
  tools?(options: JsonObject): readonly ToolRequirement[];
  /** Least rights for each role, as documents for the store's administrator; for `doctor --iam`. */
  accessPolicies?(options: JsonObject): readonly AccessPolicy[];
  /** A lifecycle configuration that harms no snapshot, for `doctor --lifecycle`. */
  safeLifecycle?(options: JsonObject): string;
  /** Lints that need no credentials. */
  check?(options: JsonObject): readonly Finding[];
  create(context: TargetContext): Target;
  /** The absolute folder of this machine in which everything lies, where it does. */
  localFolder?(options: JsonObject, planDirectory: string): string;
}

export interface AccessPolicy {
  readonly role: 'reader' | 'writer' | 'pruner';
  /** One sentence: what it can and what it cannot. */
  readonly summary: string;
  readonly document: string;
}

export interface TargetContext {
  readonly name: string;
  readonly options: JsonObject;
  /** Where relative paths of the plan start. */
  readonly planDirectory: string;
  readonly secrets: SecretReader;
  readonly tools: Tools;
  readonly pipelines: Pipelines;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Who holds what is unfinished on a store. */
  readonly holders?: Holders;
  /** Of this process: profiles, proxies and agents are found through it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Processes, as one writes its own down on a store and judges another's there. */
export interface Holders {
  /** This process, in one line that names no host in the clear. */
  describe(): string;
  /** True only where this host can know it. */
  isDead(description: string): boolean;
}
