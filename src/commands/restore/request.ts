import type { Opener } from '../../domain/cryptography.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ResourceSpec } from '../../domain/plan.ts';
import type { PathMapping, ResourceType } from '../../domain/resource-type.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { ThawTier } from '../../domain/target.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** What every restore has at hand. */
export interface RestoreTools {
  readonly ports: Ports;
  readonly workspace: Workspace;
  readonly opener: Opener;
}

export interface RestoreRequest {
  readonly only: readonly string[];
  readonly map: readonly PathMapping[];
  /** Preferred target. */
  readonly from?: string;
  /** In place of what the plan says. */
  readonly owner?: string;
  readonly numericOwner: boolean;
  /** Ask for what is archived. */
  readonly thaw?: ThawOrder;
  readonly signal: AbortSignal;
  /** Told in passing: which copy is read, which one was damaged. */
  readonly note: (message: string) => void;
  /** Ciphertext bytes read so far of one resource, and how many there are at most. */
  readonly onProgress?: (progress: RestoreProgress) => void;
}

export interface ThawOrder {
  readonly tier: ThawTier;
  /** Until everything can be read, instead of coming back later. */
  readonly wait: boolean;
}

export interface RestoreProgress {
  readonly resource: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What would be restored, from where: chosen, nothing read but records. */
export interface Selection {
  readonly snapshot: Snapshot;
  readonly chain: readonly [Snapshot, ...Snapshot[]];
  readonly type: ResourceType;
  readonly options: JsonObject;
  /** Absent without a plan, and where the plan has no such resource any more. */
  readonly spec?: ResourceSpec;
}
