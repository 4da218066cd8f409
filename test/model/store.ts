/**
 * One target with one chain on it, as bytes: four cells for each snapshot, then those of the actors.
 * Snapshot 0 is the full; who builds on whom is decided by the writers.
 */
export const FLAG = {
  record: 1,
  data: 2,
  gone: 4,
  demoted: 8,
  pinned: 16,
  /** Its record was there at some time. */
  committed: 32,
  /** A sweep that has it as a member found nothing that speaks against deleting it. */
  released: 64,
  /** Its writer said that it is good. */
  reported: 128,
} as const;

const CELLS_OF_SNAPSHOT = 4;
/** The four low bits are the condemn marks of four pruners, the high ones their sweep marks. */
const MARKS = 1;
const CANCELLED = 2;
const PARENT = 3;

export const SNAPSHOT_CELLS = CELLS_OF_SNAPSHOT;

export function has(state: Uint8Array, snapshot: number, flags: number): boolean {
  return (state[snapshot * CELLS_OF_SNAPSHOT]! & flags) === flags;
}

export function raise(state: Uint8Array, snapshot: number, flags: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT]! |= flags;
}

export function lower(state: Uint8Array, snapshot: number, flags: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT]! &= ~flags;
}

export function condemnBit(run: number): number {
  return 1 << run;
}

export function sweepBit(run: number): number {
  return 16 << run;
}

export const SWEEP_BITS = 0xf0;
export const CONDEMN_BITS = 0x0f;

export function mark(state: Uint8Array, snapshot: number, bits: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT + MARKS]! |= bits;
}

export function unmark(state: Uint8Array, snapshot: number, bits: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT + MARKS]! &= ~bits;
}

export function cancel(state: Uint8Array, snapshot: number, bits: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT + CANCELLED]! |= bits;
}

/** Marks that nobody cancelled. */
export function marksOn(state: Uint8Array, snapshot: number): number {
  const cell = snapshot * CELLS_OF_SNAPSHOT;
  return state[cell + MARKS]! & ~state[cell + CANCELLED]!;
}

export function build(state: Uint8Array, snapshot: number, parent: number): void {
  state[snapshot * CELLS_OF_SNAPSHOT + PARENT] = parent + 1;
}

/** -1 for the full. */
export function parentOf(state: Uint8Array, snapshot: number): number {
  return state[snapshot * CELLS_OF_SNAPSHOT + PARENT]! - 1;
}

/** 0 for the full. */
export function levelOf(state: Uint8Array, snapshot: number): number {
  let level = 0;
  for (let at = parentOf(state, snapshot); at >= 0; at = parentOf(state, at)) level += 1;
  return level;
}

/** Whether the snapshot and all its ancestors pass. */
export function everyOfLineage(
  state: Uint8Array,
  snapshot: number,
  passes: (one: number) => boolean,
): boolean {
  for (let at = snapshot; at >= 0; at = parentOf(state, at)) if (!passes(at)) return false;
  return true;
}

/** All bytes that a restore needs are there. */
export function isWhole(state: Uint8Array, snapshot: number): boolean {
  return everyOfLineage(state, snapshot, (one) => has(state, one, FLAG.data));
}
