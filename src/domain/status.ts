import type { Mode } from './mode.ts';
import type { CopyState } from './snapshot.ts';

export const SEVERITIES = ['ok', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is wrong, or soon will be. */
export interface StatusFinding {
  readonly check: StatusCheck;
  readonly severity: Exclude<Severity, 'ok'>;
  readonly subject: { readonly kind: 'resource' | 'target' | 'key'; readonly name: string };
  /** Lower-case, no full stop. */
  readonly message: string;
}

export type StatusCheck =
  | 'never-taken'
  | 'freshness'
  | 'rpo'
  | 'max-age'
  | 'min-size'
  | 'copies'
  | 'damage'
  | 'clock'
  | 'failures'
  | 'expiry'
  | 'policy'
  | 'space'
  | 'catalog';

/** How one resource stands, whatever its host. */
export interface ResourceStatus {
  readonly resource: string;
  readonly type: string;
  readonly enabled: boolean;
  /** The worst of its findings. */
  readonly severity: Severity;
  /** Good restore points. */
  readonly restorePoints: number;
  /** The newest good restore point. */
  readonly newest?: NewestSnapshot;
  /** When a schedule asks next. */
  readonly nextMs?: number;
  readonly overdueMs?: number;
  readonly rpoMs?: number;
}

export interface NewestSnapshot {
  readonly id: string;
  readonly mode: Mode;
  readonly consistentAtMs: number;
  /** When the source was last found equal to it. */
  readonly unchangedMs?: number;
  /** Since the last moment of which it is known to show the source. */
  readonly ageMs: number;
  /** Ciphertext of all artifacts. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly durationMs: number;
  readonly copies: readonly { readonly target: string; readonly state: CopyState }[];
}

export interface TargetStatus {
  readonly target: string;
  /** False where its records could not all be read: absence there proves nothing. */
  readonly read: boolean;
  readonly freeBytes?: number;
  readonly totalBytes?: number;
}

/** The health of a plan's backups at one moment. */
export interface StatusReport {
  readonly plan: string;
  readonly atMs: number;
  readonly severity: Severity;
  readonly resources: readonly ResourceStatus[];
  readonly targets: readonly TargetStatus[];
  /** Worst first. */
  readonly findings: readonly StatusFinding[];
  /** 6 stale or anomalous, 9 not everything could be read, else 0. */
  readonly exitCode: 0 | 6 | 9;
}
