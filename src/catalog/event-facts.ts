import { FAILURE_KINDS, type FailureCode } from '../domain/failure.ts';
import { MODES, type Mode } from '../domain/mode.ts';
import { VERIFY_LEVELS, type EventRecord, type VerifyLevel } from '../domain/snapshot.ts';
import { isSnapshotId } from './ids.ts';
import { isSegment } from './keys.ts';
import { integer, listOf, object, oneOf, optional, satisfying, text, type Check } from './shape.ts';

/** What each kind of event says. No names of files, hosts or databases. */
export type EventFacts =
  | { readonly event: 'run'; readonly facts: RunFacts }
  | { readonly event: 'restore'; readonly facts: RestoreFacts }
  | { readonly event: 'verify'; readonly facts: VerifyFacts };

export interface RunFacts {
  readonly result: 'succeeded' | 'partial' | 'failed' | 'interrupted';
  readonly planDigest: string;
  readonly durationMs: number;
  readonly resources: readonly RunResource[];
}

export interface RunResource {
  readonly resource: string;
  readonly state: 'succeeded' | 'failed' | 'skipped';
  readonly mode: Mode;
  readonly snapshotId?: string;
  readonly targets?: readonly string[];
  /** Ciphertext bytes of all artifacts. */
  readonly bytes?: number;
  readonly durationMs?: number;
  /** Present where it failed. */
  readonly code?: FailureCode;
}

export interface RestoreFacts {
  readonly resource: string;
  readonly snapshotId: string;
  readonly target: string;
  readonly result: 'succeeded' | 'failed';
  readonly entries?: number;
  readonly bytes?: number;
  readonly durationMs: number;
  readonly code?: FailureCode;
}

export interface VerifyFacts {
  readonly snapshotId: string;
  readonly level: VerifyLevel;
  readonly result: 'passed' | 'failed';
  /** Name of the target whose copy was checked. */
  readonly target: string;
  readonly durationMs?: number;
  readonly code?: FailureCode;
}

const segment = satisfying(isSegment, 'a name of the key grammar');
const snapshotId = satisfying(isSnapshotId, 'a snapshot id');
const code = optional(oneOf(Object.keys(FAILURE_KINDS)));
const count = integer(0);

const resource = object<RunResource>({
  resource: segment,
  state: oneOf(['succeeded', 'failed', 'skipped']),
  mode: oneOf(MODES),
  snapshotId: optional(snapshotId),
  targets: optional(listOf(segment, 1000)),
  bytes: optional(count),
  durationMs: optional(count),
  code,
});

const shapes: Readonly<Record<EventRecord['event'], Check>> = {
  run: object<RunFacts>({
    result: oneOf(['succeeded', 'partial', 'failed', 'interrupted']),
    planDigest: text(128),
    durationMs: count,
    resources: listOf(resource, 20_000),
  }),
  restore: object<RestoreFacts>({
    resource: segment,
    snapshotId,
    target: segment,
    result: oneOf(['succeeded', 'failed']),
    entries: optional(count),
    bytes: optional(count),
    durationMs: count,
    code,
  }),
  verify: object<VerifyFacts>({
    snapshotId,
    level: oneOf(VERIFY_LEVELS),
    result: oneOf(['passed', 'failed']),
    target: segment,
    durationMs: optional(count),
    code,
  }),
};

export function eventFactsProblem(event: EventRecord): string | undefined {
  return shapes[event.event](event.facts, 'event.facts');
}

/** The facts of an event that `readCatalog` or `parseEventRecord` returned, by its kind. */
export function factsOf(event: EventRecord): EventFacts {
  return { event: event.event, facts: event.facts } as unknown as EventFacts;
}
