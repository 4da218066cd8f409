import type { EventRecord } from '../domain/snapshot.ts';
import { factsOf, type PinFacts } from './event-facts.ts';

/** What events say about how long snapshots live. */
export interface LifeEvents {
  /** The pin in force, or one that has run out since: its reader knows what time it is. */
  pinOf(snapshotId: string): { readonly untilMs?: number } | undefined;
  /** It was committed while an ancestor was condemned. */
  isDemoted(snapshotId: string): boolean;
  /** The mark of this run on the snapshot counts no more. */
  isCancelled(snapshotId: string, runId: string): boolean;
  /** A prune deleted the record with this digest. */
  isGone(recordSha256: string): boolean;
  /** A prune deleted a record of this snapshot. */
  wasPruned(snapshotId: string): boolean;
}

interface PinChange {
  readonly at: string;
  /** Absent for an unpin. */
  readonly pin?: PinFacts;
}

/** Pins count on every target; cancelled and gone is only what the events of the same target say. */
export function lifeOf(events: readonly EventRecord[]): LifeEvents {
  const pins = new Map<string, PinChange>();
  const demoted = new Set<string>();
  const cancelled = new Set<string>();
  const gone = new Set<string>();
  const pruned = new Set<string>();
  for (const record of events) {
    const { event, facts } = factsOf(record);
    if (event === 'pin') change(pins, facts.snapshotId, { at: record.at, pin: facts });
    else if (event === 'unpin') change(pins, facts.snapshotId, { at: record.at });
    else if (event === 'demote') demoted.add(facts.snapshotId);
    else if (event === 'cancel')
      facts.marks.forEach((runId) => cancelled.add(`${facts.snapshotId} ${runId}`));
    else if (event === 'gone') {
      gone.add(facts.recordSha256);
      pruned.add(facts.snapshotId);
    }
  }
  return {
    pinOf: (snapshotId) => pinFacts(pins.get(snapshotId)),
    isDemoted: (snapshotId) => demoted.has(snapshotId),
    isCancelled: (snapshotId, runId) => cancelled.has(`${snapshotId} ${runId}`),
    isGone: (recordSha256) => gone.has(recordSha256),
    wasPruned: (snapshotId) => pruned.has(snapshotId),
  };
}

/** The newest wins; of a pin and an unpin of one moment the pin, of two pins the longer one. */
function change(pins: Map<string, PinChange>, snapshotId: string, next: PinChange): void {
  const known = pins.get(snapshotId);
  if (known === undefined || known.at < next.at || (known.at === next.at && endOf(known) < endOf(next)))
    pins.set(snapshotId, next);
}

function endOf({ pin }: PinChange): number {
  if (pin === undefined) return -Infinity;
  return pin.until === undefined ? Infinity : Date.parse(pin.until);
}

function pinFacts(newest: PinChange | undefined): { untilMs?: number } | undefined {
  if (newest?.pin === undefined) return undefined;
  const { until } = newest.pin;
  return until === undefined ? {} : { untilMs: Date.parse(until) };
}
