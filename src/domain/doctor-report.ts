import type { AccessPolicy } from './target.ts';

/** One thing that `doctor` looked at. */
export interface Examination {
  readonly area: 'tools' | 'keys' | 'secrets' | 'targets' | 'space' | 'store' | 'rights' | 'log';
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly hint?: string;
}

/** Least rights for each role on one target. */
export interface TargetAccess {
  readonly target: string;
  readonly type: string;
  /** Empty where the type knows of none. */
  readonly policies: readonly AccessPolicy[];
}

export interface TargetLifecycle {
  readonly target: string;
  readonly type: string;
  /** Absent where such stores have no lifecycle. */
  readonly document?: string;
}
