/** An object of a target that was read, verified and parsed once. None ever changes. */
export interface CachedObject {
  readonly key: string;
  /** As the target listed it; another size or time is another object. */
  readonly size: number;
  readonly modifiedMs: number;
  /** Hex SHA-256 of the payload bytes. */
  readonly sha256: string;
  /** Parsed and accepted by its own shape. What was loaded is parsed anew whenever it is asked for. */
  readonly value: unknown;
  /** The part of the value that most readers want, at hand without the rest. */
  readonly head?: unknown;
}

/**
 * Saves reading and verifying again what this machine has verified before. Advisory: a cache that is
 * gone, damaged or cannot be written costs time and nothing else. What it holds is believed as much
 * as what is on the target, so it is private to its user and checked by digest when it is loaded.
 * Several processes may use it at once.
 */
export interface RecordCache {
  /**
   * Everything that is kept under `scope`, in no order; empty where there is nothing or it is damaged.
   * What `readHead` makes of a head is kept in its place.
   */
  load(scope: string, readHead?: (head: unknown) => unknown): Promise<readonly CachedObject[]>;
  /** Adds objects under `scope`. */
  add(scope: string, objects: readonly CachedObject[]): Promise<void>;
  /** Keeps these under `scope`, and what others have added since it was loaded, and nothing else. */
  replace(scope: string, objects: readonly CachedObject[]): Promise<void>;
}
