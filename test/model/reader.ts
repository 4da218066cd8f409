import type { Move } from './explore.ts';
import type { Listing, Rules } from './rules.ts';
import { everyOfLineage, FLAG, has, isWhole, marksOn } from './store.ts';

/** Reads the catalog, one listing after another, while others write. */
export interface Reader {
  readonly name: string;
  /** First of its cells: how many listings it has read, and what it thinks of two snapshots. */
  readonly cell: number;
  readonly snapshots: number;
}

/** What one byte says of one snapshot and its lineage. */
const SEEN = { record: 1, data: 2, unmarked: 4, gone: 8, expected: 16, whole: 32 } as const;
/** It judges the full and the first snapshot beside it. */
function judgedBy({ snapshots }: Reader): readonly number[] {
  return snapshots > 1 ? [0, 1] : [0];
}

export function readerMoves(state: Uint8Array, reader: Reader, rules: Rules, move: Move): void {
  const { name, cell } = reader;
  const listing = rules.reading[state[cell]!];
  if (listing === undefined) return;
  move(name, `lists the ${listing}`, (draft) => {
    const isFirst = draft[cell] === 0;
    draft[cell]! += 1;
    for (const one of judgedBy(reader)) draft[cell + 1 + one]! |= noticed(draft, one, listing, isFirst);
  });
}

function noticed(state: Uint8Array, one: number, listing: Listing, isFirst: boolean): number {
  const all = (flag: number) => everyOfLineage(state, one, (each) => has(state, each, flag));
  // Not seen but true: what the verdict is held against.
  const expected = isFirst && has(state, one, FLAG.committed) ? SEEN.expected : 0;
  const whole = isWhole(state, one) && all(FLAG.record) ? SEEN.whole : 0;
  return expected | whole | seen();

  function seen(): number {
    if (listing === 'records') return all(FLAG.record) ? SEEN.record : 0;
    if (listing === 'data') return isWhole(state, one) ? SEEN.data : 0;
    if (listing === 'marks')
      return everyOfLineage(state, one, (each) => marksOn(state, each) === 0) ? SEEN.unmarked : 0;
    return everyOfLineage(state, one, (each) => !has(state, each, FLAG.gone)) ? 0 : SEEN.gone;
  }
}

/** Once all is read: what it believes and is not so. */
export function delusionOf(state: Uint8Array, reader: Reader, rules: Rules): string | undefined {
  const { cell } = reader;
  if (state[cell]! < rules.reading.length) return undefined;
  for (const one of judgedBy(reader)) {
    const bits = state[cell + 1 + one]!;
    const saw = (bit: number): boolean => (bits & bit) !== 0;
    if (saw(SEEN.gone)) continue;
    const looksUnmarked = saw(SEEN.unmarked);
    if (!saw(SEEN.record) && saw(SEEN.expected)) return 'a reader sees a gap';
    if (saw(SEEN.record) && !saw(SEEN.data) && looksUnmarked) return 'a reader sees damage';
    if (saw(SEEN.record) && saw(SEEN.data) && looksUnmarked && !saw(SEEN.whole))
      return 'a reader holds restorable what was not';
  }
  return undefined;
}
