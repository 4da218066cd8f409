import type { Model, Move } from './explore.ts';
import { isBetweenCheckAndDeletion, prunerMoves, type Pruner } from './pruner.ts';
import { delusionOf, readerMoves, type Reader } from './reader.ts';
import type { Rules } from './rules.ts';
import {
  build,
  everyOfLineage,
  FLAG,
  has,
  isWhole,
  marksOn,
  raise,
  SNAPSHOT_CELLS,
  sweepBit,
} from './store.ts';
import { broughtBack, undeleterMoves, type Undeleter } from './undeleter.ts';
import { writerMoves, type Writer } from './writer.ts';

export interface Cast {
  readonly writers: number;
  readonly pruners: number;
  readonly undeleters?: number;
  readonly readers?: number;
  /** An incremental that is there from the start. */
  readonly child?: boolean;
  /** Prunes may condemn before they sweep. */
  readonly condemns?: boolean;
  /** Writers may act on a catalog that they read long ago. */
  readonly stale?: boolean;
  /** Prunes crash, and leases end while their runs are paused. */
  readonly leases?: 'short pauses' | 'any pause';
}

const ACTOR_CELLS = 4;

interface Actors {
  readonly cast: Cast;
  readonly snapshots: number;
  readonly writers: readonly Writer[];
  readonly pruners: readonly Pruner[];
  readonly undeleters: readonly Undeleter[];
  readonly readers: readonly Reader[];
  /** Cells with the sweep runs whose lease is over, and with the pruners that crashed. */
  readonly deadCell: number;
  readonly crashedCell: number;
  readonly cells: number;
}

/**
 * Writers, pruners and undeleters at one chain on one target. Every step is one operation on the
 * store; a pause, however long, is a step that others take first, and a crash is a pause for ever.
 */
export function pruneModel(cast: Cast, rules: Rules): Model {
  const actors = assemble(cast);
  const initial = new Uint8Array(actors.cells);
  for (let one = 0; one <= (cast.child === true ? 1 : 0); one += 1) {
    raise(initial, one, FLAG.record | FLAG.committed | FLAG.data | FLAG.reported);
    if (one > 0) build(initial, one, 0);
  }
  return {
    initial,
    moves: (state, move) => {
      for (const writer of actors.writers) writerMoves(state, writer, rules, move);
      for (const pruner of actors.pruners) {
        if (((state[actors.crashedCell]! >> pruner.run) & 1) === 0) prunerMoves(state, pruner, rules, move);
      }
      for (const undeleter of actors.undeleters) undeleterMoves(state, undeleter, rules, move);
      for (const reader of actors.readers) readerMoves(state, reader, rules, move);
      if (cast.leases !== undefined) timeMoves(state, actors, move);
    },
    violation: (state) => violation(state, actors, rules),
  };
}

function assemble(cast: Cast): Actors {
  const { writers, pruners, undeleters = 0, readers = 0 } = cast;
  const existing = cast.child === true ? 2 : 1;
  const snapshots = existing + writers;
  const firstActor = snapshots * SNAPSHOT_CELLS;
  const deadCell = firstActor + (writers + pruners + undeleters + readers) * ACTOR_CELLS;
  const place = (kind: string, index: number, before: number) => ({
    name: `${kind} ${String(index + 1)}`,
    cell: firstActor + (before + index) * ACTOR_CELLS,
    snapshots,
  });
  return {
    cast,
    snapshots,
    deadCell,
    crashedCell: deadCell + 1,
    cells: deadCell + 2,
    writers: Array.from({ length: writers }, (_, index) => ({
      ...place('writer', index, 0),
      snapshot: existing + index,
      stale: cast.stale === true,
    })),
    pruners: Array.from({ length: pruners }, (_, index) => ({
      ...place('pruner', index, writers),
      run: index,
      condemns: cast.condemns === true,
      hasLease: cast.leases !== undefined,
      deadCell,
    })),
    undeleters: Array.from({ length: undeleters }, (_, index) => ({
      ...place('undelete', index, writers + pruners),
      deadCell,
    })),
    readers: Array.from({ length: readers }, (_, index) =>
      place('reader', index, writers + pruners + undeleters),
    ),
  };
}

function timeMoves(state: Uint8Array, { cast, pruners, snapshots, ...cells }: Actors, move: Move): void {
  for (const pruner of pruners) {
    const bit = 1 << pruner.run;
    const isCrashed = (state[cells.crashedCell]! & bit) !== 0;
    if (!isCrashed && isMarked(state, snapshots, pruner.run))
      move(pruner.name, 'crashes', (draft) => (draft[cells.crashedCell]! |= bit));
    if ((state[cells.deadCell]! & bit) !== 0 || !isMarked(state, snapshots, pruner.run)) continue;
    if (!isCrashed && cast.leases === 'short pauses' && isBetweenCheckAndDeletion(state, pruner)) continue;
    move(pruner.name, 'outlives its lease', (draft) => (draft[cells.deadCell]! |= bit));
  }
}

function isMarked(state: Uint8Array, snapshots: number, run: number): boolean {
  for (let one = 0; one < snapshots; one += 1) if ((marksOn(state, one) & sweepBit(run)) !== 0) return true;
  return false;
}

function violation(state: Uint8Array, actors: Actors, rules: Rules): string | undefined {
  for (let one = 0; one < actors.snapshots; one += 1) {
    const problem = violationOf(state, one, rules);
    if (problem !== undefined) return `${problem}: ${String(one)}`;
  }
  for (const undeleter of actors.undeleters) {
    const target = broughtBack(state, undeleter);
    if (target !== undefined && !isWhole(state, target))
      return `deleted after it was back: ${String(target)}`;
  }
  return actors.readers.map((reader) => delusionOf(state, reader, rules)).find((one) => one !== undefined);
}

function violationOf(state: Uint8Array, one: number, rules: Rules): string | undefined {
  const isThere = has(state, one, FLAG.record);
  const isGone = has(state, one, FLAG.gone);
  const hasData = has(state, one, FLAG.data);
  if (has(state, one, FLAG.reported) && !has(state, one, FLAG.released) && !isWhole(state, one))
    return 'reported good and lost';
  if (isRestorable(state, one, rules) && !isWhole(state, one)) return 'held restorable and is not';
  if (has(state, one, FLAG.committed) && !isThere && !isGone) return 'a gap that nothing explains';
  if (isGone && hasData) return 'gone, and its data is there';
  if (isThere && !hasData && !isGone && marksOn(state, one) === 0) return 'half deleted and not marked';
  return undefined;
}

/** What the catalog of a reader says at this moment. */
function isRestorable(state: Uint8Array, snapshot: number, rules: Rules): boolean {
  const isSound = (one: number) =>
    has(state, one, FLAG.record) && !has(state, one, FLAG.gone) && marksOn(state, one) === 0;
  if (has(state, snapshot, FLAG.demoted)) return false;
  return rules.closure ? everyOfLineage(state, snapshot, isSound) : isSound(snapshot);
}
