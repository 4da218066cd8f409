import type { JsonObject } from './json.ts';

/** The signed payload of `<plan>/log/<serial>.json`. */
export interface LogEntry {
  readonly type: 'log';
  readonly version: 1;
  readonly repoId: string;
  readonly targetId: string;
  readonly key: string;
  readonly plan: string;
  readonly serial: number;
  readonly entry: 'begin' | 'commit' | 'partial' | 'abort' | 'takeover';
  readonly applyId: string;
  readonly holder: string;
  readonly planDigest: string;
  readonly gitCommit?: string;
  /** ISO 8601 UTC by the writer's clock. */
  readonly at: string;
  readonly prev?: { readonly serial: number; readonly sha256: string };
  /** Only in `begin` and `takeover`; expiry is judged by the store's clock. */
  readonly leaseSeconds?: number;
  /** Base64 of the OpenPGP-encrypted AppliedState; only in `commit` and `partial`. */
  readonly state?: string;
  readonly toolVersion: string;
}

/** What was last applied; encrypted, because it holds the plan. */
export interface AppliedState {
  readonly format: 'backup-plan/state@1';
  /** Normalised plan, secrets as references. */
  readonly plan: JsonObject;
  readonly digest: string;
  /** When the retention of a resource last changed, ISO 8601 UTC; what it released waits longer. */
  readonly retentionChangedAt?: Readonly<Record<string, string>>;
}

export interface AppliedPlan {
  readonly serial: number;
  readonly applyId: string;
  readonly at: string;
  readonly holder: string;
  readonly gitCommit?: string;
  readonly digest: string;
  /** Absent where no key at hand opens it. */
  readonly state?: AppliedState;
}
