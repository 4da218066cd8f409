import { setImmediate } from 'node:timers/promises';
import { failure } from '../../domain/failure.ts';
import { IndexUnreadable } from '../../domain/resource-type.ts';
import type { CaptureContext, Comparison, ParentSnapshot } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { entryText } from './entry-line.ts';
import { createLinkTable, linkFactsOf } from './hard-links.ts';
import type { LinkTable } from './hard-links.ts';
import { readOptions } from './options.ts';
import type { FilesOptions } from './options.ts';
import { isStillNotStored, isUnchanged, readParent } from './parent-cursor.ts';
import type { ParentCursor } from './parent-cursor.ts';
import { createReadCheck } from './read-access.ts';
import { resolveRoots } from './roots.ts';
import { createSelection } from './selection.ts';
import { walk } from './walk.ts';
import type { Found, WalkEvent } from './walk.ts';

const ENTRIES_PER_TURN = 512;

/**
 * Scans the source as an incremental capture would, and stops at the first entry that one would
 * store, add or drop. Equal means: that capture would hold nothing new.
 */
export async function compareWithSnapshot(
  context: CaptureContext & { readonly parent: ParentSnapshot },
): Promise<Result<Comparison>> {
  const options = readOptions(context.options);
  const roots = resolveRoots(options, context.planDirectory);
  if (!roots.ok) return roots;
  const { top, nested } = roots.value;
  const events = walk({ base: '', roots: top, nested, selection: createSelection(options) });
  const parent = readParent(context.parent.lines);
  try {
    return await compare(listable(events, options), parent, context);
  } catch (error) {
    if (error instanceof IndexUnreadable) return ok('unknown');
    throw error;
  } finally {
    await parent.stop();
  }
}

/** What may not be read is no difference where the plan lets that pass: it would be one at every tick. */
function* listable(events: Iterable<WalkEvent>, { onUnreadable }: FilesOptions): Generator<WalkEvent> {
  for (const event of events) {
    const passes = event.kind === 'problem' && event.problem === 'unreadable' && onUnreadable === 'warn';
    if (!passes) yield event;
  }
}

async function compare(
  events: Iterable<WalkEvent>,
  parent: ParentCursor,
  { clock, signal }: CaptureContext,
): Promise<Result<Comparison>> {
  const judging: Judging = {
    links: createLinkTable(),
    isReadable: createReadCheck(),
    nowNs: BigInt(clock.nowMs()) * 1_000_000n,
  };
  let count = 0;
  for (const event of events) {
    if (event.kind === 'problem') return ok('different');
    if (event.kind === 'found' && !(await isSame(event.found, parent, judging))) return ok('different');
    count += 1;
    if (count % ENTRIES_PER_TURN !== 0) continue;
    if (signal.aborted) return failed(failure('INTERRUPTED', 'the comparison was interrupted'));
    await setImmediate();
  }
  return ok((await parent.skipRest()) > 0 ? 'different' : 'equal');
}

interface Judging {
  readonly links: LinkTable;
  readonly isReadable: ReturnType<typeof createReadCheck>;
  readonly nowNs: bigint;
}

/** An entry that changed too recently for the clock to tell is equal to none. */
async function isSame(found: Found, parent: ParentCursor, judging: Judging): Promise<boolean> {
  if ((await parent.skipBefore(found.path)) > 0) return false;
  const before = await parent.take(found.path);
  if (before === undefined) return false;
  const text = entryText(found, linkFactsOf(found, judging.links), judging.nowNs);
  if (!text.settled) return false;
  const open = Buffer.from(text.open, 'latin1');
  return isUnchanged(open, before) || (isStillNotStored(open, before) && isUnstorable(found, judging));
}

function isUnstorable({ type, path, unreadable }: Found, { isReadable }: Judging): boolean {
  if (type === 'socket' || unreadable === true) return true;
  return type === 'file' && !isReadable(path);
}
