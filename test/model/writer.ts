import type { Move } from './explore.ts';
import type { Rules } from './rules.ts';
import { build, everyOfLineage, FLAG, has, marksOn, parentOf, raise } from './store.ts';

/** A backup that builds on a snapshot which it found in the catalog. */
export interface Writer {
  readonly name: string;
  /** First of its cells: where it is, and at which snapshot it looks. */
  readonly cell: number;
  /** The snapshot that it writes. */
  readonly snapshot: number;
  readonly snapshots: number;
  /** It may have read the catalog long ago: it builds on whatever was ever there. */
  readonly stale: boolean;
}

const AT = { choose: 0, upload: 1, commit: 2, look: 3, demote: 5, good: 6, failed: 7 } as const;
const CURSOR = 1;

export function writerMoves(state: Uint8Array, writer: Writer, rules: Rules, move: Move): void {
  const { name, cell, snapshot } = writer;
  const at = state[cell]!;
  const go = (what: string, to: number, change?: (draft: Uint8Array) => void): void =>
    move(name, what, (draft) => {
      draft[cell] = to;
      change?.(draft);
    });
  if (at === AT.choose) {
    chooseParent(state, writer, go);
    return;
  }
  if (at === AT.upload) {
    go('uploads its data', AT.commit, (draft) => raise(draft, snapshot, FLAG.data));
    return;
  }
  if (at === AT.commit) {
    commit(writer, rules, go);
    return;
  }
  if (at === AT.demote) {
    go('demotes it', AT.failed, (draft) => raise(draft, snapshot, FLAG.demoted));
    return;
  }
  if (at >= AT.look && at < AT.look + rules.postCommit.length) lookBack(state, writer, rules, go);
}

type Go = (what: string, to: number, change?: (draft: Uint8Array) => void) => void;

function chooseParent(state: Uint8Array, { snapshot, snapshots, stale }: Writer, go: Go): void {
  for (let parent = 0; parent < snapshots; parent += 1) {
    const known = stale ? has(state, parent, FLAG.committed) : isGood(state, parent);
    if (parent === snapshot || !known) continue;
    go(`builds ${String(snapshot)} on ${String(parent)}`, AT.upload, (draft) =>
      build(draft, snapshot, parent),
    );
  }
}

function isGood(state: Uint8Array, snapshot: number): boolean {
  const isThere = (one: number) =>
    has(state, one, FLAG.record) && !has(state, one, FLAG.gone) && marksOn(state, one) === 0;
  return !has(state, snapshot, FLAG.demoted) && everyOfLineage(state, snapshot, isThere);
}

function commit({ cell, snapshot }: Writer, rules: Rules, go: Go): void {
  const isUnchecked = rules.postCommit.length === 0;
  go('commits it', isUnchecked ? AT.good : AT.look, (draft) => {
    raise(draft, snapshot, FLAG.record | FLAG.committed | (isUnchecked ? FLAG.reported : 0));
    draft[cell + CURSOR] = snapshot;
  });
}

/** One look at one snapshot of its lineage, itself first. */
function lookBack(state: Uint8Array, { cell, snapshot }: Writer, rules: Rules, go: Go): void {
  const at = state[cell]!;
  const check = rules.postCommit[at - AT.look]!;
  const looked = state[cell + CURSOR]!;
  const what = `looks at the ${check === 'marks' ? 'marks' : 'record'} of ${String(looked)}`;
  const isFine =
    check === 'marks'
      ? marksOn(state, looked) === 0
      : has(state, looked, FLAG.record) && !has(state, looked, FLAG.gone);
  if (!isFine) {
    go(what, AT.demote);
    return;
  }
  const next = parentOf(state, looked);
  const isLast = next < 0 || (rules.lineage === 'parent' && looked !== snapshot);
  if (!isLast) {
    go(what, at, (draft) => (draft[cell + CURSOR] = next));
    return;
  }
  const isDone = at - AT.look === rules.postCommit.length - 1;
  if (isDone) {
    go(`${what}: it is good`, AT.good, (draft) => raise(draft, snapshot, FLAG.reported));
    return;
  }
  go(what, at + 1, (draft) => (draft[cell + CURSOR] = snapshot));
}
