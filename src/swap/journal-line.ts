import type { SwapPlan } from './plan.ts';

/** One step of a restore over live resources, written before it is done. */
export type JournalLine =
  | BeginLine
  /** Private folders that are about to be made. */
  | { readonly kind: 'stage'; readonly resource: string; readonly folders: readonly string[] }
  /** The live places are about to be replaced. */
  | { readonly kind: 'swap'; readonly resource: string; readonly snapshotId: string; readonly plan: SwapPlan }
  /** A tool is about to load the snapshot; `before` is the snapshot that was taken for going back. */
  | {
      readonly kind: 'load';
      readonly resource: string;
      readonly snapshotId: string;
      readonly before?: string;
    }
  /** The data is in place, and what moves it to another version is about to run. */
  | { readonly kind: 'migrate'; readonly resource: string }
  /** The data is in place, and its checks have been asked. */
  | { readonly kind: 'placed'; readonly resource: string; readonly checkFailed: boolean }
  /** The hooks that start what uses the resource have run. */
  | { readonly kind: 'released'; readonly resource: string }
  | { readonly kind: 'end' }
  /** Another process goes on with it, until the next end. */
  | { readonly kind: 'resume'; readonly holder: string }
  | { readonly kind: 'undo'; readonly resource: string }
  | { readonly kind: 'undone'; readonly resource: string }
  | { readonly kind: 'discard' };

export interface BeginLine {
  readonly kind: 'begin';
  readonly version: 1;
  readonly restoreId: string;
  readonly plan: string;
  /** In the order in which they are restored. */
  readonly items: readonly { readonly resource: string; readonly snapshotId: string }[];
  /** Digest of what was asked for: only the same request may continue it. */
  readonly request: string;
  /** The process, for telling whether it still runs. */
  readonly holder: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}
