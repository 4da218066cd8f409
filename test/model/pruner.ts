import type { Move } from './explore.ts';
import type { Deletion, Rules } from './rules.ts';
import {
  CONDEMN_BITS,
  FLAG,
  SWEEP_BITS,
  condemnBit,
  has,
  levelOf,
  lower,
  mark,
  marksOn,
  parentOf,
  raise,
  sweepBit,
  unmark,
} from './store.ts';

/** A prune that releases the whole chain: condemns it, sweeps it, or does the one and then the other. */
export interface Pruner {
  readonly name: string;
  /** First of its cells: where it is, the members, a set of snapshots, whether it relies on a condemn mark. */
  readonly cell: number;
  /** Number of its marks. */
  readonly run: number;
  readonly snapshots: number;
  readonly condemns: boolean;
  readonly hasLease: boolean;
  /** Cell with the sweep runs whose lease is over. */
  readonly deadCell: number;
}

const AT = {
  plan: 0,
  condemn: 1,
  mark: 2,
  records: 3,
  events: 4,
  lease: 5,
  /** Three steps, in the order of the rules. */
  delete: 6,
  unmark: 9,
  done: 10,
} as const;
const MEMBERS = 1;
/** Strangers that it saw; then members that are deleted. */
const SET = 2;
const RELIES = 3;
/** In the last cell, once it keeps the chain. */
const KEEPS = 2;

/** No pause between the look at the clock and the deletion may outlast the other half of the lease. */
export function isBetweenCheckAndDeletion(state: Uint8Array, { cell }: Pruner): boolean {
  return state[cell] === AT.delete;
}

export function prunerMoves(state: Uint8Array, pruner: Pruner, rules: Rules, move: Move): void {
  const { name, cell } = pruner;
  const go: Go = (what, to, change) =>
    move(name, what, (draft) => {
      draft[cell] = to;
      change?.(draft);
    });
  const at = state[cell]!;
  if (at === AT.plan) planChain(state, pruner, rules, go);
  else if (at === AT.condemn || at === AT.mark) markNext(state, pruner, rules, go);
  else if (at === AT.records) listRecords(state, pruner, rules, go);
  else if (at === AT.events) listEvents(state, pruner, rules, go);
  else if (at === AT.lease) checkLease(state, pruner, rules, go);
  else if (at >= AT.delete && at < AT.unmark) deleteNext(state, pruner, rules, go);
  else if (at === AT.unmark) unmarkNext(state, pruner, rules, go);
}

type Go = (what: string, to: number, change?: (draft: Uint8Array) => void) => void;

/** Reads the catalog. Whether retention releases the chain is open, so it may; a pin forbids it. */
function planChain(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, run, snapshots } = pruner;
  const members = setOf(snapshots, (one) => has(state, one, FLAG.record));
  if (members === 0 || isPinned(state, members, snapshots)) return;
  const isCondemned = some(members, snapshots, (one) => (marksOn(state, one) & CONDEMN_BITS) !== 0);
  const isOwn = some(members, snapshots, (one) => (marksOn(state, one) & condemnBit(run)) !== 0);
  if (pruner.condemns && !isOwn)
    go('plans to condemn', AT.condemn, (draft) => {
      draft[cell + MEMBERS] = members;
    });
  go('plans to sweep', firstStep(rules), (draft) => {
    draft[cell + MEMBERS] = members;
    draft[cell + SET] = 0;
    draft[cell + RELIES] = isCondemned ? 1 : 0;
  });
}

function firstStep(rules: Rules): number {
  return rules.marks && rules.markThenList ? AT.mark : AT.records;
}

function markNext(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, snapshots } = pruner;
  const isSweep = state[cell] === AT.mark;
  const bit = isSweep ? ownSweepBit(pruner, rules) : condemnBit(pruner.run);
  // A counter, and not a look for the own bit: a cancelled mark is no reason for another one.
  const left = state[cell + MEMBERS]! & ~state[cell + SET]!;
  const next = firstOf(left, snapshots);
  const isLast = left === 1 << next;
  const afterwards = isSweep ? (rules.markThenList ? AT.records : beforeDeletion(pruner)) : AT.plan;
  go(`${isSweep ? 'marks' : 'condemns'} ${String(next)}`, isLast ? afterwards : state[cell]!, (draft) => {
    mark(draft, next, bit);
    draft[cell + SET] = isLast ? 0 : draft[cell + SET]! | (1 << next);
  });
}

/** Where leases play no part, nothing is to be asked. */
function beforeDeletion({ hasLease }: Pruner): number {
  return hasLease ? AT.lease : AT.delete;
}

function listRecords(state: Uint8Array, { cell, snapshots }: Pruner, rules: Rules, go: Go): void {
  const members = state[cell + MEMBERS]!;
  const strangers = setOf(snapshots, (one) => {
    if (((members >> one) & 1) === 1 || !has(state, one, FLAG.record)) return false;
    return rules.descendantsProtect || ((members >> parentOf(state, one)) & 1) === 1;
  });
  go('lists the records', AT.events, (draft) => (draft[cell + SET] = strangers));
}

function listEvents(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, snapshots } = pruner;
  const members = state[cell + MEMBERS]!;
  const strangers = state[cell + SET]!;
  const heeded = { chain: members | strangers, members, none: 0 }[rules.heedPins];
  const isProtected =
    some(strangers, snapshots, (one) => !has(state, one, FLAG.demoted)) ||
    isPinned(state, heeded, snapshots) ||
    (state[cell + RELIES] === 1 &&
      !some(members, snapshots, (one) => (marksOn(state, one) & CONDEMN_BITS) !== 0));
  if (isProtected) {
    go('lists the events and keeps the chain', AT.unmark, keep(cell));
    return;
  }
  const next =
    rules.marks && !rules.markThenList ? AT.mark : rules.marksLast ? beforeDeletion(pruner) : AT.unmark;
  go('lists the events and releases the chain', next, (draft) => {
    draft[cell + SET] = 0;
    for (let one = 0; one < snapshots; one += 1)
      if (((members >> one) & 1) === 1) raise(draft, one, FLAG.released);
  });
}

/** Marks may outlive their lease while their run is paused; then somebody may have cancelled them. */
function checkLease(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, run, deadCell } = pruner;
  const isFirst = state[cell + SET] === 0;
  const asks = rules.leaseCheck === 'every member' || (rules.leaseCheck === 'first member' && isFirst);
  const isOver = ((state[deadCell]! >> run) & 1) === 1;
  if (asks && isOver) {
    go('finds its lease over', AT.unmark, keep(cell));
    return;
  }
  go('finds its lease good', AT.delete);
}

/** Leaf first, so that what a crash leaves can still be restored up to there. */
function deleteNext(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, snapshots } = pruner;
  const at = state[cell]!;
  const left = state[cell + MEMBERS]! & ~state[cell + SET]!;
  const leaf = leafOf(state, left, snapshots);
  const deletion = rules.deletion[at - AT.delete]!;
  const change = (draft: Uint8Array): void => DELETE[deletion](draft, leaf);
  const what = `${WORDS[deletion]} ${String(leaf)}`;
  if (at + 1 < AT.delete + rules.deletion.length) {
    go(what, at + 1, change);
    return;
  }
  const isLast = (left & (left - 1)) === 0;
  const afterwards = rules.marksLast ? AT.unmark : AT.done;
  go(what, isLast ? afterwards : beforeDeletion(pruner), (draft) => {
    change(draft);
    draft[cell + SET] = isLast ? 0 : draft[cell + SET]! | (1 << leaf);
    if (isLast && afterwards === AT.done) forget(draft, cell);
  });
}

const WORDS: Readonly<Record<Deletion, string>> = {
  data: 'deletes the data of',
  gone: 'says gone of',
  record: 'deletes the record of',
};

const DELETE: Readonly<Record<Deletion, (draft: Uint8Array, one: number) => void>> = {
  data: (draft, one) => lower(draft, one, FLAG.data),
  gone: (draft, one) => raise(draft, one, FLAG.gone),
  record: (draft, one) => lower(draft, one, FLAG.record),
};

function unmarkNext(state: Uint8Array, pruner: Pruner, rules: Rules, go: Go): void {
  const { cell, snapshots } = pruner;
  const left = state[cell + MEMBERS]! & ~state[cell + SET]!;
  const next = firstOf(left, snapshots);
  const isLast = left === 1 << next;
  const mayDelete = !rules.marksLast && state[cell + RELIES] !== KEEPS;
  const afterwards = mayDelete ? beforeDeletion(pruner) : AT.done;
  const bits = rules.removeOnlyOwnMarks ? ownSweepBit(pruner, rules) : SWEEP_BITS;
  go(`takes its mark off ${String(next)}`, isLast ? afterwards : AT.unmark, (draft) => {
    unmark(draft, next, bits);
    draft[cell + SET] = isLast ? 0 : draft[cell + SET]! | (1 << next);
    if (isLast && afterwards === AT.done) forget(draft, cell);
  });
}

/** States that differ only in what nobody will look at are one. */
function forget(draft: Uint8Array, cell: number): void {
  draft.fill(0, cell + MEMBERS, cell + RELIES + 1);
}

function keep(cell: number): (draft: Uint8Array) => void {
  return (draft) => {
    draft[cell + SET] = 0;
    draft[cell + RELIES] = KEEPS;
  };
}

function ownSweepBit({ run }: Pruner, rules: Rules): number {
  return sweepBit(rules.ownMarks ? run : 0);
}

function isPinned(state: Uint8Array, members: number, snapshots: number): boolean {
  return some(members, snapshots, (one) => has(state, one, FLAG.pinned));
}

function setOf(snapshots: number, passes: (one: number) => boolean): number {
  let set = 0;
  for (let one = 0; one < snapshots; one += 1) if (passes(one)) set |= 1 << one;
  return set;
}

function some(set: number, snapshots: number, passes: (one: number) => boolean): boolean {
  for (let one = 0; one < snapshots; one += 1) if (((set >> one) & 1) === 1 && passes(one)) return true;
  return false;
}

function firstOf(set: number, snapshots: number): number {
  for (let one = 0; one < snapshots; one += 1) if (((set >> one) & 1) === 1) return one;
  return -1;
}

function leafOf(state: Uint8Array, set: number, snapshots: number): number {
  let leaf = -1;
  for (let one = 0; one < snapshots; one += 1)
    if (((set >> one) & 1) === 1 && (leaf < 0 || levelOf(state, one) > levelOf(state, leaf))) leaf = one;
  return leaf;
}
