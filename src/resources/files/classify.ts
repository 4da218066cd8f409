import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { entryText } from './entry-line.ts';
import { createLinkTable, linkFactsOf } from './hard-links.ts';
import { isUnchanged } from './parent-cursor.ts';
import type { ParentCursor } from './parent-cursor.ts';
import type { Problems } from './problems.ts';
import { createReadCheck } from './read-access.ts';
import type { StableCopy } from './stable-copies.ts';
import type { Found, WalkEvent } from './walk.ts';

/** A slice of the scan: index lines, and the names that tar is to store. */
export interface Batch {
  readonly lines: readonly Buffer[];
  /** Each ended by NUL. */
  readonly names: Buffer;
}

export interface Classifier {
  readonly events: Iterable<WalkEvent>;
  readonly parent?: ParentCursor;
  readonly problems: Problems;
  readonly clock: Clock;
  /** Copies that are stored in the place of what is found. */
  readonly stable?: ReadonlyMap<BytePath, StableCopy>;
  /** Sees every entry that is listed. */
  readonly onFound: (found: Found) => void;
  /** True ends the scan early. */
  readonly stopped: () => boolean;
}

/** Entries per slice, between which the event loop gets its turn. */
const BATCH_EVENTS = 512;

interface OpenDirectory {
  readonly path: BytePath;
  readonly stored: boolean;
  /** Extracting or removing a child moves the directory's own time, which must then be set again. */
  childMoved: boolean;
}

/** Decides for each entry whether its payload is stored in this snapshot or lies in an ancestor. */
export async function* classify(request: Classifier): AsyncGenerator<Batch, void, undefined> {
  const place = createPlace(request);
  let count = 0;
  for (const event of request.events) {
    if (request.stopped()) return;
    if (event.kind === 'found') await place.enter(event.found);
    else if (event.kind === 'left') await place.leave(event.path);
    else request.problems.add(event.problem, event.path);
    count += 1;
    if (count % BATCH_EVENTS !== 0) continue;
    yield place.take();
    await setImmediate();
  }
  await request.parent?.skipRest();
  yield place.take();
}

interface Place {
  enter(found: Found): Promise<void>;
  leave(directory: BytePath): Promise<void>;
  take(): Batch;
}

function createPlace({ parent, problems, onFound, clock, stable }: Classifier): Place {
  const links = createLinkTable();
  const isReadable = createReadCheck();
  const stack: OpenDirectory[] = [];
  let nowNs = nanoseconds(clock);
  let lines: Buffer[] = [];
  let names = '';

  function markParent(): void {
    const top = stack.at(-1);
    if (top !== undefined) top.childMoved = true;
  }

  return {
    async enter(seen) {
      const copy = seen.type === 'file' ? stable?.get(seen.path) : undefined;
      const found = copy === undefined ? seen : { ...seen, stats: copy.stats };
      onFound(found);
      if (parent !== undefined && (await parent.skipBefore(found.path)) > 0) markParent();
      const before = await parent?.take(found.path);
      const verdict = judge(found, before, { links, problems, isReadable, nowNs });
      lines.push(verdict.line);
      if (verdict.stored) names += `${copy?.name ?? bare(found.path)}\0`;
      if (verdict.stored || before === undefined) markParent();
      if (found.type === 'directory') stack.push({ ...verdict, path: found.path, childMoved: false });
    },
    async leave(directory) {
      if (parent !== undefined && (await parent.skipBelow(directory)) > 0) markParent();
      const left = stack.pop();
      if (left?.childMoved === true && !left.stored) names += `${bare(directory)}\0`;
    },
    take() {
      const batch = { lines, names: Buffer.from(names, 'latin1') };
      lines = [];
      names = '';
      nowNs = nanoseconds(clock);
      return batch;
    },
  };
}

interface Judging {
  readonly links: ReturnType<typeof createLinkTable>;
  readonly problems: Problems;
  readonly isReadable: (path: BytePath) => boolean;
  readonly nowNs: bigint;
}

function judge(
  found: Found,
  before: Buffer | undefined,
  judging: Judging,
): { readonly line: Buffer; readonly stored: boolean } {
  const text = entryText(found, linkFactsOf(found, judging.links), judging.nowNs);
  if (before !== undefined && text.settled && isUnchanged(Buffer.from(text.open, 'latin1'), before)) {
    return { line: Buffer.from(`${text.open}}`, 'latin1'), stored: false };
  }
  const stored = isStorable(found, judging);
  return { line: Buffer.from(`${text.open},"stored":${String(stored)}}`, 'latin1'), stored };
}

/** A socket has no content to store; what may not be read is listed and tried again next time. */
function isStorable(found: Found, { problems, isReadable }: Judging): boolean {
  if (found.type === 'socket') {
    problems.add('socket', found.path);
    return false;
  }
  if (found.unreadable === true) return false;
  if (found.type !== 'file' || isReadable(found.path)) return true;
  problems.add('unreadable', found.path);
  return false;
}

function bare(path: BytePath): BytePath {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function nanoseconds(clock: Clock): bigint {
  return BigInt(clock.nowMs()) * 1_000_000n;
}
