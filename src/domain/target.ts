import type { JsonObject } from './json.ts';
import type { Finding } from './diagnostic.ts';
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

  /** Checks that the place is there and safe (mount, owner, no planted links). Never creates it. */
  open(): Promise<Result<void>>;

  /** Creates the empty place where `open` says it does not exist yet. Only `apply` with --init-target or a first apply calls it. */
  prepare(): Promise<Result<void>>;

  /** Whole small object, at most `maxBytes` (else CORRUPT), or undefined where there is none. */
  get(key: string, maxBytes: number): Promise<Result<Buffer | undefined>>;

  /** Create-only publish of a small object. `exists` where the key is taken, whatever its content. */
  create(key: string, bytes: Uint8Array): Promise<Result<'created' | 'exists'>>;

  /** Create-only publish of a staged local file. The file stays. `exists` as above. */
  upload(key: string, file: StagedFile, options?: TransferOptions): Promise<Result<'created' | 'exists'>>;

  /** Bytes of an object in order; NOT_FOUND where there is none. A failure in the middle ends the iteration with `failed`. */
  read(key: string, options?: ReadOptions): Promise<Result<ObjectBytes>>;

  stat(key: string): Promise<Result<ObjectFacts | undefined>>;

  /** Every key that starts with `prefix` (a folder, ends with `/`, or empty), sorted; foreign names included. */
  list(prefix: string): Promise<Result<readonly ListedObject[]>>;

  /** Removes one object; idempotent. */
  remove(key: string): Promise<Result<void>>;

  /** Free and total bytes, where the store can say. */
  space(): Promise<Result<SpaceFacts | undefined>>;

  /** A private 0700 folder on the target itself in which ciphertext may be staged, so that upload is a link; undefined where the store has none. */
  stagingDirectory(runId: string): Promise<Result<string | undefined>>;

  close(): Promise<void>;
}

export interface TargetCapabilities {
  /** `create` and `upload` are atomic against other writers. */
  readonly createOnly: boolean;
  /** A list sees every object whose creation has returned. */
  readonly listAfterWrite: boolean;
  /** `stagingDirectory` yields one. */
  readonly staging: boolean;
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
  readonly onProgress?: (bytes: number) => void;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface ObjectBytes {
  readonly size: number;
  /** A chunk is valid until the next one is asked for: its memory may be used again. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Why the iteration ended early, once it has. */
  failure(): import('./failure.ts').Failure | undefined;
  /** A local path to the same bytes, where there is one. */
  readonly localPath?: string;
}

export interface ObjectFacts {
  readonly size: number;
  /** Epoch milliseconds by the store's clock. */
  readonly modifiedMs: number;
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
  /** Lints that need no credentials. */
  check?(options: JsonObject): readonly Finding[];
  create(context: TargetContext): Target;
  /** The absolute folder of this machine in which everything lies, where it does. */
  localFolder?(options: JsonObject, planDirectory: string): string;
}

export interface TargetContext {
  readonly name: string;
  readonly options: JsonObject;
  /** Where relative paths of the plan start. */
  readonly planDirectory: string;
  readonly secrets: SecretReader;
}
