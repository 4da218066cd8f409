import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import type { SourceGuards } from '../../domain/plan.ts';
import type { PreviousFacts } from '../../domain/resource-type.ts';
import { formatBytes } from '../../domain/size.ts';
import type { Roots, SourceRoot } from './roots.ts';
import type { Found, Root } from './walk.ts';

/** What a scan has seen so far. */
export interface Tally {
  add(found: Found): void;
  readonly entries: number;
  readonly files: number;
  /** Logical size of the whole tree, stored here or in an ancestor. */
  readonly bytes: number;
  below(root: Root): number;
}

export function createTally(): Tally {
  const counts = { entries: 0, files: 0, bytes: 0 };
  const below = new Map<Root, number>();
  return {
    add({ path, type, stats, root }) {
      counts.entries += 1;
      if (type !== 'directory') counts.files += 1;
      if (type === 'file') counts.bytes += Number(stats.size);
      if (path !== `${root.path}/`) below.set(root, (below.get(root) ?? 0) + 1);
    },
    get entries() {
      return counts.entries;
    },
    get files() {
      return counts.files;
    },
    get bytes() {
      return counts.bytes;
    },
    below: (root) => below.get(root) ?? 0,
  };
}

interface GuardFacts {
  readonly guards: SourceGuards;
  readonly roots: Roots;
  readonly tally: Tally;
  readonly previous?: PreviousFacts;
  /** Size of a full capture's archive; a smaller mode cannot be compared. */
  readonly fullBytes?: number;
}

/** The classic silent loss: a source that is not mounted, or was emptied, backed up as if it were right. */
export function checkGuards(facts: GuardFacts): Failure | undefined {
  const { guards, tally } = facts;
  if (tally.files === 0 && guards.allowEmpty) return undefined;
  return checkEmpty(facts) ?? checkFloors(guards, tally) ?? checkDrop(facts);
}

function checkEmpty({ guards, roots, tally }: GuardFacts): Failure | undefined {
  if (guards.allowEmpty) return undefined;
  const all = [...roots.top, ...roots.nested];
  // What belongs to an inner root is not counted for the outer one.
  const holdsAnother = ({ path }: Root) => all.some((inner) => inner.path.startsWith(`${path}/`));
  const empty = all.find((root) => isEmpty(root, tally) && !holdsAnother(root));
  if (empty !== undefined) return failure('SOURCE_EMPTY', `${empty.configured} is empty`);
  return tally.files === 0 ? failure('SOURCE_EMPTY', 'there are no files to capture') : undefined;
}

function isEmpty(root: SourceRoot, tally: Tally): boolean {
  return root.isDirectory && !root.optional && tally.below(root) === 0;
}

function checkFloors({ minFiles, minSizeBytes }: SourceGuards, tally: Tally): Failure | undefined {
  if (minFiles !== undefined && tally.files < minFiles) {
    const message = `${String(tally.files)} files, fewer than source.minFiles ${String(minFiles)}`;
    return failure('SOURCE_EMPTY', message);
  }
  if (minSizeBytes !== undefined && tally.bytes < minSizeBytes) {
    const message = `${formatBytes(tally.bytes)}, less than source.minSize ${formatBytes(minSizeBytes)}`;
    return failure('SOURCE_EMPTY', message);
  }
  return undefined;
}

function checkDrop({ guards, tally, previous, fullBytes }: GuardFacts): Failure | undefined {
  if (previous === undefined) return undefined;
  const least = 1 - guards.maxDrop;
  if (tally.entries < previous.entries * least) {
    const message = `${String(tally.entries)} entries, after ${String(previous.entries)} last time`;
    return failure('SOURCE_EMPTY', message, { facts: { entries: tally.entries, before: previous.entries } });
  }
  if (fullBytes !== undefined && fullBytes < previous.rawBytes * least) {
    const message = `${formatBytes(fullBytes)}, after ${formatBytes(previous.rawBytes)} last time`;
    return failure('SOURCE_EMPTY', message, { facts: { bytes: fullBytes, before: previous.rawBytes } });
  }
  return undefined;
}
