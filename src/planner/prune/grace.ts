import type { CopyMark } from '../../domain/mark.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { Term } from './prune-chain.ts';
import type { Policies } from './release.ts';
import { copyHere } from './target-view.ts';

/** Time to notice what a changed policy is about to delete, and to take it back. */
const GRACE_AFTER_CHANGE_MS = 72 * 3_600_000;
/** A run that made sweep marks may delete under them for this long. */
const SWEEP_LEASE_MS = 24 * 3_600_000;

export interface Moment {
  readonly nowMs: number;
  /** This machine's time where the store's is not known. */
  readonly storeNowMs: number;
  /** When the retention of the resource last changed. */
  readonly changedMs?: number;
}

/** How long a chain waits that is released now: as long as the most patient policy of its modes says. */
export function newTerm(chain: readonly Snapshot[], policies: Policies, { nowMs, changedMs }: Moment): Term {
  const graces = chain.map(({ mode }) => policies[mode]?.graceMs ?? 0);
  const isChanged = changedMs !== undefined && nowMs < changedMs + GRACE_AFTER_CHANGE_MS;
  const graceMs = Math.max(...graces, isChanged ? GRACE_AFTER_CHANGE_MS : 0);
  return { graceMs, sweepAtMs: nowMs + graceMs };
}

export interface Condemnation extends Term {
  /** Every member has a mark that begins its grace. */
  readonly complete: boolean;
  /** A run may be deleting it at this moment; its marks cannot be cancelled. */
  readonly sweeping: boolean;
  readonly isOver: boolean;
}

/** What the marks of a condemned chain say, the store's clock translated into this machine's. */
export function condemnationOf(chain: readonly Snapshot[], { nowMs, storeNowMs }: Moment): Condemnation {
  const marks = chain.map((snapshot) => copyHere(snapshot).marks ?? []);
  const condemned = marks.map((own) => own.filter(({ intent }) => intent === 'condemn'));
  const ends = condemned.filter(({ length }) => length > 0).map(endOf);
  const endMs = Math.max(...ends, -Infinity);
  const isLive = ({ intent, markedMs }: CopyMark) =>
    intent === 'sweep' && storeNowMs - markedMs < SWEEP_LEASE_MS;
  return {
    complete: condemned.every(({ length }) => length > 0),
    sweeping: marks.flat().some(isLive),
    isOver: endMs <= storeNowMs,
    graceMs: Math.max(...condemned.flat().map(({ graceMs }) => graceMs), 0),
    sweepAtMs: endMs === -Infinity ? nowMs : nowMs + (endMs - storeNowMs),
  };
}

/** When the deletion of a copy may begin, by the store's clock; undefined where no grace has begun. */
export function condemnedUntilMs(marks: readonly CopyMark[]): number | undefined {
  const condemned = marks.filter(({ intent }) => intent === 'condemn');
  return condemned.length === 0 ? undefined : endOf(condemned);
}

/** Each mark is enough by itself, so the one that ends first counts. */
function endOf(marks: readonly CopyMark[]): number {
  return Math.min(...marks.map(({ markedMs, graceMs }) => markedMs + graceMs));
}
