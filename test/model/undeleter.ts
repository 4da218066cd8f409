import type { Move } from './explore.ts';
import type { Rules } from './rules.ts';
import { cancel, CONDEMN_BITS, FLAG, has, isWhole, marksOn, parentOf, raise, SWEEP_BITS } from './store.ts';

/** Brings a condemned snapshot back, and says so only when no sweep can have it any more. */
export interface Undeleter {
  readonly name: string;
  /** First of its cells: where it is, at which snapshot it looks, and which one it brings back. */
  readonly cell: number;
  readonly snapshots: number;
  /** Cell with the sweep runs whose lease is over. */
  readonly deadCell: number;
}

const AT = {
  start: 0,
  pin: 1,
  read: 2,
  weigh: 3,
  cancel: 4,
  look: 5,
  check: 6,
  back: 7,
  unknown: 8,
  purged: 9,
} as const;
const CURSOR = 1;
const TARGET = 2;
const BITS = 3;

/** The snapshot that it reported to be back. */
export function broughtBack(state: Uint8Array, { cell }: Undeleter): number | undefined {
  return state[cell] === AT.back ? state[cell + TARGET] : undefined;
}

export function undeleterMoves(state: Uint8Array, undeleter: Undeleter, rules: Rules, move: Move): void {
  const { name, cell } = undeleter;
  const target = state[cell + TARGET]!;
  const go: Go = (what, to, change) =>
    move(name, what, (draft) => {
      draft[cell] = to;
      change?.(draft);
    });
  const at = state[cell]!;
  if (at === AT.start) start(state, undeleter, rules, go);
  else if (at === AT.pin)
    go(`pins ${String(target)}`, rules.pinThenLook ? AT.read : AT.check, (draft) => {
      raise(draft, target, FLAG.pinned);
      draft[cell + CURSOR] = target;
    });
  else if (at === AT.read) readMarks(state, undeleter, rules, go);
  else if (at === AT.weigh) weigh(state, undeleter, go);
  else if (at === AT.cancel) cancelNext(state, undeleter, rules, go);
  else if (at === AT.look) lookNext(state, undeleter, rules, go);
  else if (at === AT.check) {
    const isBack = !rules.undeleteChecksData || isWhole(state, target);
    go(`finds the data ${isBack ? 'whole' : 'gone'}`, isBack ? AT.back : AT.purged);
  }
}

type Go = (what: string, to: number, change?: (draft: Uint8Array) => void) => void;

function start(state: Uint8Array, { cell, snapshots }: Undeleter, rules: Rules, go: Go): void {
  for (let target = 0; target < snapshots; target += 1) {
    if (!has(state, target, FLAG.record) || has(state, target, FLAG.demoted)) continue;
    if (!isWhole(state, target)) continue;
    go(`is asked for ${String(target)}`, rules.pinThenLook ? AT.pin : AT.read, (draft) => {
      draft[cell + TARGET] = target;
      draft[cell + CURSOR] = target;
    });
  }
}

function readMarks(state: Uint8Array, { cell, deadCell }: Undeleter, rules: Rules, go: Go): void {
  const one = state[cell + CURSOR]!;
  const dead = (state[deadCell]! << 4) & SWEEP_BITS;
  const bits = marksOn(state, one) & (rules.cancelOnlyDead ? CONDEMN_BITS | dead : 0xff);
  go(`reads the marks of ${String(one)}`, rules.cancelOnlyWhole ? AT.weigh : AT.cancel, (draft) => {
    draft[cell + BITS] = bits;
  });
}

/** A mark on what is half deleted says so, also long after its run has died. */
function weigh(state: Uint8Array, { cell }: Undeleter, go: Go): void {
  const one = state[cell + CURSOR]!;
  const what = `looks at the data of ${String(one)}`;
  if (has(state, one, FLAG.data)) {
    go(what, AT.cancel);
    return;
  }
  go(`${what}: purged`, AT.purged);
}

function cancelNext(state: Uint8Array, { cell }: Undeleter, rules: Rules, go: Go): void {
  const one = state[cell + CURSOR]!;
  const next = parentOf(state, one);
  const afterwards = rules.undeleteLooks ? AT.look : AT.check;
  go(`cancels the marks of ${String(one)}`, next < 0 ? afterwards : AT.read, (draft) => {
    cancel(draft, one, draft[cell + BITS]!);
    draft[cell + BITS] = 0;
    draft[cell + CURSOR] = next < 0 ? draft[cell + TARGET]! : next;
  });
}

function lookNext(state: Uint8Array, { cell }: Undeleter, rules: Rules, go: Go): void {
  const one = state[cell + CURSOR]!;
  const what = `looks for sweep marks on ${String(one)}`;
  if ((marksOn(state, one) & SWEEP_BITS) !== 0) {
    go(`${what}: unknown`, AT.unknown);
    return;
  }
  const next = parentOf(state, one);
  const afterwards = rules.pinThenLook ? AT.check : AT.pin;
  go(what, next < 0 ? afterwards : AT.look, (draft) => {
    if (next >= 0) draft[cell + CURSOR] = next;
  });
}
