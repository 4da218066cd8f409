import type { LivePlace } from '../domain/resource-type.ts';
import type { KnownDirectory } from './directory.ts';

/** Everything that replacing one resource, and going back, needs to know. Plain data: it lies in the journal. */
export interface SwapPlan {
  readonly places: readonly SwapPlace[];
  /** Live directories whose children are exchanged while they stay themselves. */
  readonly roots: readonly SwapRoot[];
  /** Private folders; `staged` in each is removed once nothing of it is needed. */
  readonly folders: readonly string[];
  readonly known: readonly KnownDirectory[];
}

export interface SwapPlace {
  /** Absolute, as all paths here. */
  readonly live: string;
  /** Absent for what is only moved away. */
  readonly staged?: string;
  /** Where the live entry is kept. */
  readonly safety: string;
  /** Where an undo puts what the restore brought. */
  readonly discarded: string;
  readonly hadLive: boolean;
  readonly wasLink: boolean;
  /** Directories to make first, outermost first. */
  readonly missing: readonly MissingDirectory[];
  readonly mergedFrom?: LivePlace['mergedFrom'];
}

export interface MissingDirectory {
  readonly path: string;
  /** The staged directory whose owner, mode and times it takes. */
  readonly like?: string;
}

export interface SwapRoot {
  readonly path: string;
  readonly after: Attributes;
  readonly before: Attributes;
}

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Decimal nanoseconds after the epoch. */
  readonly mtimeNs: string;
}
