import { rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Tools } from '../domain/command.ts';
import { errnoOf } from '../domain/errno.ts';
import { ok, type Result } from '../domain/result.ts';
import { setOwnerAndMode, setTime } from './attributes.ts';
import { withDirectory, type KnownDirectory } from './directory.ts';
import { lookAt, makeFolder, moveEntry } from './entry.ts';
import type { SwapPlace, SwapPlan } from './plan.ts';

/**
 * Brings back what was there before. It decides from what exists, so it may be called at any point
 * of a swap or of another revert, and as often as one likes. What is in the way is kept as `discarded`.
 */
export async function revert(tools: Tools, plan: SwapPlan): Promise<Result<void>> {
  const moved = await revertPlaces(plan);
  if (!moved.ok) return moved;
  for (const { path, before } of plan.roots) {
    const set = await setOwnerAndMode(path, before);
    if (!set.ok) return set;
    const dated = await setTime(tools, path, before);
    if (!dated.ok) return dated;
  }
  return ok();
}

/** What belongs to the restored data leaves first and what belongs to the old data returns last. */
async function revertPlaces({ places, known }: SwapPlan): Promise<Result<void>> {
  const companions = places.filter(({ staged }) => staged === undefined);
  const replaced = places.filter(({ staged }) => staged !== undefined).reverse();
  const taken = await areAnyTaken(replaced, known);
  if (!taken.ok) return taken;
  const steps = [
    ...(taken.value ? companions.map((place) => () => discardLive(place, known)) : []),
    ...replaced.map((place) => () => putBack(place, known)),
    ...companions.map((place) => () => putBack(place, known)),
  ];
  for (const step of steps) {
    const done = await step();
    if (!done.ok) return done;
  }
  return ok();
}

async function areAnyTaken(
  places: readonly SwapPlace[],
  known: readonly KnownDirectory[],
): Promise<Result<boolean>> {
  for (const place of places) {
    const taken = await isTaken(place, known);
    if (!taken.ok || taken.value) return taken;
  }
  return ok(false);
}

/** True while what the restore brought lies at the live path. */
async function isTaken(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<boolean>> {
  const { live, safety, discarded, hadLive, staged } = place;
  if (staged === undefined) return ok(false);
  const there = await Promise.all([staged, safety, live, discarded].map((path) => lookAt(path, known)));
  for (const one of there) if (!one.ok) return one;
  const [isStaged, isKept, isLive, isDiscarded] = there.map((one) => one.ok && one.value !== undefined);
  if (isStaged === true) return ok(false);
  return ok(hadLive ? isKept === true : isLive === true && isDiscarded !== true);
}

async function putBack(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<void>> {
  const safety = await lookAt(place.safety, known);
  if (!safety.ok) return safety;
  const taken = safety.value === undefined ? await isTaken(place, known) : ok(true);
  if (!taken.ok) return taken;
  const discarded = taken.value ? await discardLive(place, known) : ok();
  if (!discarded.ok) return discarded;
  if (safety.value !== undefined) return moveEntry({ from: place.safety, to: place.live, known });
  return place.hadLive ? ok() : removeMade(place, known);
}

async function discardLive(place: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<void>> {
  const live = await lookAt(place.live, known);
  if (!live.ok || live.value === undefined) return live.ok ? ok() : live;
  const shelf = dirname(place.discarded);
  const there = await lookAt(shelf, known);
  const made = there.ok && there.value === undefined ? await makeFolder(shelf, known) : there;
  if (!made.ok) return made;
  for (let count = 0; ; count += 1) {
    const to = count === 0 ? place.discarded : `${place.discarded}.${String(count)}`;
    const taken = await lookAt(to, known);
    if (!taken.ok) return taken;
    if (taken.value === undefined) return moveEntry({ from: place.live, to, known });
  }
}

/** Directories that the swap made go again, unless somebody uses them by now. */
async function removeMade({ missing }: SwapPlace, known: readonly KnownDirectory[]): Promise<Result<void>> {
  for (const { path } of [...missing].reverse()) {
    const there = await lookAt(path, known);
    if (!there.ok) return there;
    if (there.value === undefined) continue;
    const removed = await withDirectory(dirname(path), known, async (directory) => {
      try {
        await rmdir(directory.at(basename(path)));
        await directory.sync();
      } catch (error) {
        if (!['ENOTEMPTY', 'ENOTDIR', 'EBUSY'].includes(errnoOf(error) ?? '')) throw error;
      }
      return ok();
    });
    if (!removed.ok) return removed;
  }
  return ok();
}
