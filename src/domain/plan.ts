import type { JsonObject } from './json.ts';
import type { Mode } from './mode.ts';

/**
 * A plan that has been parsed, interpolated, checked and normalised: names resolved to what they
 * name, durations in milliseconds, sizes in bytes. Only `config` makes one, so whoever holds a
 * Plan holds a valid one.
 */
export interface Plan {
  readonly name: string;
  readonly description?: string;
  /** IANA name. */
  readonly timezone: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absolute path of the root plan file. */
  readonly file: string;
  /** Absolute folder of the root plan file; relative paths in the plan start here. */
  readonly directory: string;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly encryption: Readonly<Record<string, EncryptionProfile>>;
  readonly signing: Signing;
  /** Name of the target that holds the applied-plan log. */
  readonly state: string;
  readonly targets: Readonly<Record<string, TargetSpec>>;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly groups: Readonly<Record<string, GroupSpec>>;
  readonly onFailure: FailureMode;
  readonly scratchDirectory: string;
  readonly policies: PolicySpec;
  readonly notifications: Readonly<Record<string, NotificationSpec>>;
  /** `sha256:` + hex over the canonical JSON of `document`. */
  readonly digest: string;
  /** The normalised plan before interpolation: what the log keeps and digests cover. No secrets. */
  readonly document: JsonObject;
}

export type FailureMode = 'no-new' | 'continue' | 'kill';

/** Where a secret comes from; its value is read only when a step needs it. */
export type SecretReference =
  { readonly env: string } | { readonly file: string } | { readonly command: readonly string[] };

export interface EncryptionProfile {
  readonly name: string;
  /** Absolute paths of public key files. */
  readonly recipients: readonly string[];
  readonly privateKey?: SecretReference;
  readonly engine: EngineChoice;
}

export type EngineChoice = 'auto' | 'gpg' | 'openpgp';

export type SignerRole = 'write' | 'apply' | 'prune';

export interface Signing {
  readonly keys: Readonly<Record<string, PinnedSigner>>;
  readonly use: SecretReference;
}

export interface PinnedSigner {
  readonly name: string;
  /** Absolute path of the public key file. */
  readonly key: string;
  readonly may: readonly SignerRole[];
  /** Epoch milliseconds after which records of this key are no longer accepted. */
  readonly untilMs?: number;
}

export interface TargetSpec {
  readonly name: string;
  readonly type: string;
  /** The target's own options, already valid against the type's schema; secrets as names. */
  readonly options: JsonObject;
  readonly offsite: boolean;
  readonly site?: string;
  readonly media?: string;
  /** `separate`: an apply never deletes here, only the `prune` command of another machine does. */
  readonly prune: 'apply' | 'separate';
  /** Nothing else writes or deletes here while a run does: makes up for a store that cannot tell writers apart. */
  readonly exclusive?: true;
  readonly limits: TargetLimits;
}

export interface TargetLimits {
  /** Bytes per second that all transfers share. */
  readonly bandwidth?: number;
  /** Steps that may use it at the same time. */
  readonly concurrency: number;
  readonly idleTimeoutMs: number;
}

export const USUAL_TARGET_LIMITS: TargetLimits = { concurrency: 4, idleTimeoutMs: 120_000 };

export interface Schedule {
  /** Name under `schedules`, absent for an inline one. */
  readonly name?: string;
  /** Five-field cron expression. */
  readonly cron: string;
  readonly timezone: string;
  readonly jitterMs: number;
  readonly onMissed: 'run' | 'skip';
  /** At each tick the source is compared with the newest snapshot; equal gives no snapshot but an event. */
  readonly onlyChanges: boolean;
}

export interface ModeSchedule {
  readonly mode: Mode;
  readonly schedule: Schedule;
}

export interface RetentionPolicy {
  readonly name?: string;
  readonly keep: RetentionKeep;
  readonly minimum: number;
  readonly countOnly: 'good';
  /** Between mark and sweep. */
  readonly graceMs: number;
  /** Largest share of a resource's good snapshots that one prune may release unasked, 0…1. */
  readonly maxDelete: number;
}

export interface RetentionKeep {
  readonly last?: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  readonly withinMs?: number;
  /** Label glob → milliseconds. */
  readonly labels?: Readonly<Record<string, number>>;
}

export interface ResourceSpec {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  /** The type's own options, already valid against the type's schema; secrets as names. */
  readonly options: JsonObject;
  /** Where its tools run; on this machine where absent. */
  readonly via?: Via;
  readonly labels: Readonly<Record<string, string>>;
  /** Host names this resource belongs to; empty = any host. */
  readonly hosts: readonly string[];
  readonly enabled: boolean;
  readonly schedules: readonly ModeSchedule[];
  /** Retention of each mode that has a schedule or can be taken by hand. */
  readonly retention: Readonly<Partial<Record<Mode, RetentionPolicy>>>;
  /** Target names, by mode: each mode may go to other places. */
  readonly targets: Readonly<Partial<Record<Mode, readonly string[]>>>;
  /** What the resource says about single targets, by target name. */
  readonly edges: Readonly<Record<string, TargetEdge>>;
  readonly encryption: string;
  readonly compression: Compression;
  readonly dependsOn: readonly string[];
  readonly hooks: Hooks;
  /** Prints the version of the application; it is recorded, and another major refuses a restore. */
  readonly appVersion?: readonly string[];
  readonly restore: RestoreSpec;
  readonly limits: Limits;
  readonly source: SourceGuards;
  readonly objectives: { readonly rpoMs?: number; readonly rtoMs?: number };
  readonly monitor: { readonly maxAgeMs?: number; readonly minSizeBytes?: number };
}

/** Another place in which the tools of a resource run: exactly one of these, or `ssh` with `sudo`. */
export interface Via {
  /** Name or id of a running container. */
  readonly docker?: string;
  readonly compose?: { readonly service: string; readonly file?: string; readonly project?: string };
  /** Either a pod or a selector that means exactly one running pod. */
  readonly kubernetes?: {
    readonly namespace?: string;
    readonly pod?: string;
    readonly selector?: string;
    readonly container?: string;
  };
  /** `user@host` or a name of the ssh configuration. */
  readonly ssh?: string;
  /** Lines of an ssh configuration, `Port=2222`. */
  readonly options?: readonly string[];
  /** Local user of that place, through `sudo -n`. */
  readonly sudo?: string;
}

export interface TargetEdge {
  /** Of the artifacts of the copies on this target, in place of the target's own. */
  readonly storageClass?: string;
  /** In place of the retention of the mode, for the copies on this target. */
  readonly retention?: RetentionPolicy;
  /** Of the snapshots that go to this target, only the first after each tick does. */
  readonly schedule?: Pick<Schedule, 'cron' | 'timezone'>;
}

/** What surrounds a restore over the live resource. argv lists, never a shell. */
export interface RestoreSpec {
  /** Exit code 0 = in use: refused without --force. */
  readonly activeCheck?: readonly string[];
  /** `before`: once everything is staged and verified; `after`: whatever happened. */
  readonly hooks: Omit<Hooks, 'onFailure'>;
  readonly migrate: readonly Migration[];
  /** After every restore over the live resource; any failure is exit code 5. */
  readonly check: readonly (readonly string[])[];
  /** `user:group`, `user` or `:group`, by name or number. */
  readonly owner?: string;
  /** Permission bits of every regular file. */
  readonly fileMode?: number;
}

/** Moves data of one version of the application to the next. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly run: readonly (readonly string[])[];
}

/** What must hold whatever resources say; judged on what exists, not on what is configured. */
export interface PolicySpec {
  readonly copies?: number;
  /** The live data counts as one copy. */
  readonly countSource: boolean;
  /** Different kinds of media. */
  readonly media?: number;
  readonly offsite?: number;
  readonly sites?: number;
  readonly encrypted?: 'required';
  readonly recipients?: number;
  readonly verifyEveryMs?: number;
  readonly maxRpoMs?: number;
  /** Resources that must not share a target and a recipient: data and the key to it. */
  readonly separate: readonly (readonly string[])[];
}

export type Compression = { readonly type: 'zstd'; readonly level: number } | { readonly type: 'none' };

/** argv lists, never a shell. */
export interface Hooks {
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
  readonly onFailure: readonly (readonly string[])[];
}

export interface Limits {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxSizeBytes?: number;
  /** Bytes per second that its uploads share. */
  readonly bandwidth?: number;
  readonly nice?: number;
  readonly retries: number;
  /** `none`: straight to the only target, without a file of ciphertext in between. */
  readonly staging: 'auto' | 'none';
}

/** Stops a run whose source looks wrong. */
export interface SourceGuards {
  readonly minSizeBytes?: number;
  readonly minFiles?: number;
  /** Largest accepted drop against the previous good snapshot, 0…1. */
  readonly maxDrop: number;
  readonly allowEmpty: boolean;
}

export interface GroupSpec {
  readonly name: string;
  readonly members: readonly string[];
  readonly hooks: Hooks;
}

export interface NotificationSpec {
  readonly name: string;
  readonly type: string;
  readonly options: JsonObject;
  readonly on: readonly NotificationMoment[];
}

export type NotificationMoment = 'failure' | 'success' | 'recovery';
