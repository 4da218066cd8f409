import type { LogEntry } from './applied-plan.ts';
import type { FailureCode } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { EventKind } from './snapshot.ts';

/** Who applied which plan: entries of the applied-plan log, newest first. */
export interface LogReport {
  readonly plan: string;
  readonly entries: readonly LogEntry[];
  /** Serial of the newest entry that is not shown; 0 where all are. */
  readonly more: number;
}

/** One entry with the plan that it made the applied one. */
export interface LogEntryReport {
  readonly entry: LogEntry;
  /** Absent where the entry carries none, or no key at hand opens it. */
  readonly state?: JsonObject;
}

/** Who ran, restored, pruned or pinned what: signed events, newest first. */
export interface EventLogReport {
  readonly plan: string;
  readonly events: readonly LoggedEvent[];
  readonly more: number;
}

export interface LoggedEvent {
  /** ISO 8601 UTC by the writer's clock. */
  readonly at: string;
  readonly event: EventKind;
  readonly runId: string;
  /** Name of the signer that acted. */
  readonly writer: string;
  /** `uploads`, `uploads@20261121t020000z-…`; absent where it is about no single thing. */
  readonly subject?: string;
  readonly result?: string;
  readonly code?: FailureCode;
  readonly durationMs?: number;
  /** What else there is to say, lower-case. */
  readonly detail?: string;
  /** As signed. */
  readonly facts: Readonly<Record<string, unknown>>;
}
