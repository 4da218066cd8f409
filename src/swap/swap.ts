import { chmod, chown, mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Tools } from '../domain/command.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { attributesOf, setOwnerAndMode, setTime } from './attributes.ts';
import { withDirectory, type KnownDirectory } from './directory.ts';
import { lookAt, moveEntry, type EntryFacts } from './entry.ts';
import type { SwapPlace, SwapPlan } from './plan.ts';
import { revert } from './revert.ts';

/** Fact of a failure after which the live places are neither what they were nor what was staged. */
export const HALFWAY = 'halfway';

/**
 * Takes every place: two renames each, whatever is on the disk already. Called again after a crash
 * it does what is left. Where one place refuses, all of them go back to what they were.
 */
export async function swap(tools: Tools, plan: SwapPlan): Promise<Result<void>> {
  const swapped = await swapAll(tools, plan);
  if (swapped.ok) return swapped;
  const reverted = await revert(tools, plan);
  if (reverted.ok) return swapped;
  const message = `${swapped.failure.message}; going back failed: ${reverted.failure.message}`;
  return failed({ ...swapped.failure, message, facts: { ...swapped.failure.facts, [HALFWAY]: true } });
}

async function swapAll(tools: Tools, plan: SwapPlan): Promise<Result<void>> {
  const companionsFirst = [...plan.places].sort((a, b) => Number('staged' in a) - Number('staged' in b));
  for (const place of companionsFirst) {
    const taken = await take(place, plan.known);
    if (!taken.ok) return taken;
  }
  for (const { path, after } of plan.roots) {
    const set = await setOwnerAndMode(path, after);
    if (!set.ok) return set;
    const dated = await setTime(tools, path, after);
    if (!dated.ok) return dated;
  }
  return ok();
}

async function take(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<void>> {
  const found = await look(place, known);
  if (!found.ok) return found;
  const { live, safety, staged } = found.value;
  if (place.staged === undefined) {
    if (live === undefined || safety !== undefined) return ok();
    return moveEntry({ from: place.live, to: place.safety, known });
  }
  // Done where the old one is kept; without either, what is live is still the old one.
  const isDone = live !== undefined && (safety !== undefined || !place.hadLive);
  if (staged === undefined) return isDone ? ok() : failed(lost(place));
  if (safety === undefined) {
    const unchanged = judge(place, live);
    if (unchanged !== undefined) return failed(unchanged);
    const kept = await keepLive(place, known);
    if (!kept.ok) return kept;
  }
  return moveEntry({ from: place.staged, to: place.live, known });
}

interface Found {
  readonly live: EntryFacts | undefined;
  readonly safety: EntryFacts | undefined;
  readonly staged: EntryFacts | undefined;
}

async function look(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<Found>> {
  const live = await lookAt(place.live, known);
  if (!live.ok) return live;
  const safety = await lookAt(place.safety, known);
  if (!safety.ok) return safety;
  const staged = place.staged === undefined ? ok(undefined) : await lookAt(place.staged, known);
  if (!staged.ok) return staged;
  return ok({ live: live.value, safety: safety.value, staged: staged.value });
}

/** Why the live entry is not the one that was looked at before. */
function judge(
  { live, hadLive, wasLink, mergedFrom }: SwapPlace,
  now: EntryFacts | undefined,
): Failure | undefined {
  if (hadLive !== (now !== undefined)) {
    const what = hadLive ? 'vanished' : 'appeared';
    return failure('SOURCE_CHANGED', `${live} ${what} while the restore was prepared`);
  }
  if (now !== undefined && now.isLink !== wasLink) {
    const was = wasLink ? 'no symbolic link any more' : 'a symbolic link now';
    return failure('DESTINATION_REFUSED', `${live} is ${was}, which it was not when the restore began`);
  }
  if (mergedFrom === undefined || now === undefined) return undefined;
  if (mergedFrom.inode === now.inode && mergedFrom.ctimeNs === now.changedNs) return undefined;
  return failure('SOURCE_CHANGED', `${live} was written while the restore was prepared`, {
    hint: 'Stop what writes it with restore.hooks, or try again.',
  });
}

function lost({ live }: SwapPlace): Failure {
  return failure('RESTORE_FAILED', `what should take the place of ${live} is not there any more`);
}

async function keepLive(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<void>> {
  if (place.hadLive) return moveEntry({ from: place.live, to: place.safety, known });
  for (const { path, like } of place.missing) {
    const made = await makeLike(path, like, known);
    if (!made.ok) return made;
  }
  return ok();
}

async function makeLike(
  path: string,
  like: string | undefined,
  known: readonly KnownDirectory[],
): Promise<Result<void>> {
  const there = await lookAt(path, known);
  if (!there.ok || there.value !== undefined) return there.ok ? ok() : there;
  return withDirectory(dirname(path), known, async (directory) => {
    const entry = directory.at(basename(path));
    await mkdir(entry, { mode: 0o755 });
    if (like !== undefined) {
      const { mode, uid, gid } = await attributesOf(like);
      if (process.geteuid?.() === 0) await chown(entry, uid, gid);
      await chmod(entry, mode);
    }
    await directory.sync();
    return ok();
  });
}
