/** The parts of the protocol that can be taken away, to see what each is good for. */
export interface Rules {
  /** A sweep marks what it may delete. */
  readonly marks: boolean;
  /** Every run has a mark of its own. */
  readonly ownMarks: boolean;
  /** The sweep lists records and events after it has marked. */
  readonly markThenList: boolean;
  /** A sweep that keeps takes away its own marks and no others. */
  readonly removeOnlyOwnMarks: boolean;
  /** A sweep takes its marks away when everything else is done. */
  readonly marksLast: boolean;
  /** In this order is each member deleted. */
  readonly deletion: readonly Deletion[];
  /** A demoted snapshot protects nothing, but what is built on it does. */
  readonly descendantsProtect: boolean;
  /** Whose pins a sweep looks for. */
  readonly heedPins: 'chain' | 'members' | 'none';
  /** Before which deletions a sweep asks whether its lease still holds. */
  readonly leaseCheck: 'every member' | 'first member' | 'never';
  /** What a writer looks at after its commit, in this order. */
  readonly postCommit: readonly PostCommitCheck[];
  /** Whose marks and records it looks at. */
  readonly lineage: 'all' | 'parent';
  /** A snapshot is restorable only where every ancestor is there and unmarked. */
  readonly closure: boolean;
  /** In this order is the catalog read. */
  readonly reading: readonly Listing[];
  /** An undelete pins before it looks for sweep marks. */
  readonly pinThenLook: boolean;
  /** An undelete looks for sweep marks at all. */
  readonly undeleteLooks: boolean;
  /** An undelete looks at the data after the marks, and not only before. */
  readonly undeleteChecksData: boolean;
  /** Only condemn marks, and sweep marks whose lease is over, may be cancelled. */
  readonly cancelOnlyDead: boolean;
  /** And only on a snapshot whose data is whole. */
  readonly cancelOnlyWhole: boolean;
}

export type Deletion = 'data' | 'gone' | 'record';
export type Listing = 'records' | 'data' | 'marks' | 'events';
export type PostCommitCheck = 'marks' | 'records';

export const PROTOCOL: Rules = {
  marks: true,
  ownMarks: true,
  markThenList: true,
  removeOnlyOwnMarks: true,
  marksLast: true,
  deletion: ['data', 'gone', 'record'],
  descendantsProtect: true,
  heedPins: 'chain',
  leaseCheck: 'every member',
  postCommit: ['marks', 'records'],
  lineage: 'all',
  closure: true,
  reading: ['records', 'data', 'marks', 'events'],
  pinThenLook: true,
  undeleteLooks: true,
  undeleteChecksData: true,
  cancelOnlyDead: true,
  cancelOnlyWhole: true,
};
