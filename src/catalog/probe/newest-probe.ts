import type { EventRecord } from '../../domain/snapshot.ts';
import { factsOf, type ProbeFacts } from '../event-facts.ts';

/** What a trusted signer found out about a store. */
export interface Probe {
  readonly facts: ProbeFacts;
  /** Epoch milliseconds by the clock of who found out. */
  readonly atMs: number;
  /** Name of the signer. */
  readonly writer: string;
}

export interface ProbeQuestion {
  readonly targetId: string;
  readonly nowMs: number;
  /** Only what this signer found out: rights are those of its own credentials. */
  readonly writer?: string;
}

/** Clocks of several writers may differ by this much. */
const TOLERANCE_MS = 5 * 60_000;

/** The newest one that is not dated in the future; `events` are those of a catalog, so they are signed. */
export function newestProbe(
  events: readonly EventRecord[],
  { targetId, nowMs, writer }: ProbeQuestion,
): Probe | undefined {
  let newest: Probe | undefined;
  for (const event of events) {
    if (event.event !== 'probe' || event.targetId !== targetId) continue;
    if (writer !== undefined && event.writer !== writer) continue;
    const said = factsOf(event);
    const atMs = Date.parse(event.at);
    if (said.event !== 'probe' || atMs > nowMs + TOLERANCE_MS) continue;
    if (newest === undefined || newest.atMs <= atMs)
      newest = { facts: said.facts, atMs, writer: event.writer };
  }
  return newest;
}

const MONTH_MS = 30 * 86_400_000;

/** Stores are moved, upgraded and configured anew without a word. */
export function isProbeDue(probe: Probe | undefined, nowMs: number): boolean {
  return probe === undefined || nowMs - probe.atMs > MONTH_MS;
}
