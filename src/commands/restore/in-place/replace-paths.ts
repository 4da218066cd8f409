import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failure, type Failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import type { LivePlace, RestoreOutcome } from '../../../domain/resource-type.ts';
import type { Copy } from '../../../domain/snapshot.ts';
import {
  bring,
  deviceOf,
  flush,
  makeFolders,
  removeFolder,
  removeFolders,
  removeStaged,
  tidyFolders,
} from '../../../swap/folders.ts';
import { layOut, STAGED, type StagedSite } from '../../../swap/lay-out.ts';
import type { SwapPlan } from '../../../swap/plan.ts';
import type { Site } from '../../../swap/site.ts';
import { HALFWAY, swap } from '../../../swap/swap.ts';
import { readChain } from '../read-chain.ts';
import { stage } from '../stage.ts';
import { withServiceStopped } from './around.ts';
import { checkHolders } from './in-use.ts';
import { findPlaces, type Prepared } from './prepare.ts';
import { liveOf } from './live-command.ts';
import type { Replaced, Replacing } from './replacing.ts';
import { settle } from './settle.ts';

/** Stages beside the live paths, then takes their places. A failure means that nothing was replaced. */
export async function replacePaths(replacing: Replacing, prepared: Prepared): Promise<Result<Replaced>> {
  const { tools, selection, request, journal } = replacing;
  const { resource } = selection.snapshot;
  const folders = [...new Set(prepared.sites.map(({ folder }) => folder))];
  const announced = await journal.append({ kind: 'stage', resource, folders });
  if (!announced.ok) return announced;
  const made = await makeFolders(prepared.sites);
  if (!made.ok) return made;
  const staged = await stagePaths(replacing, prepared);
  if (!staged.ok) {
    await removeFolders(folders);
    return staged;
  }
  const { restoreId } = journal;
  const done = await withServiceStopped(
    { tools, live: liveOf(selection), restoreId, signal: request.signal },
    async () => {
      const { force } = replacing.options;
      const unused = await checkHolders(tools, { selection, request, force }, prepared.measure.facts);
      if (!unused.ok) return unused;
      const plan = await finishPlan(replacing, prepared, staged.value);
      return plan.ok ? swapIn(replacing, plan.value) : plan;
    },
  );
  await cleanUp(done, folders);
  if (!done.ok) return done;
  const { value, afterFailure } = done.value;
  const problem = value.problem ?? afterFailure;
  return ok({ ...value, ...staged.value.read, ...(problem === undefined ? {} : { problem }) });
}

/** Takes the places of a restore that died on the way, whose journal has the plan. */
export async function continueSwap(replacing: Replacing, plan: SwapPlan): Promise<Result<Replaced>> {
  const { tools, selection, request, journal } = replacing;
  const { restoreId } = journal;
  const done = await withServiceStopped(
    { tools, live: liveOf(selection), restoreId, signal: request.signal },
    () => swapIn(replacing, plan, false),
  );
  await cleanUp(done, plan.folders);
  if (!done.ok) return done;
  const { value, afterFailure } = done.value;
  const problem = value.problem ?? afterFailure;
  return ok({ ...value, ...(problem === undefined ? {} : { problem }) });
}

/** What cannot be removed now is in nobody's way, and goes with the safety copies. */
async function cleanUp(done: Result<unknown>, folders: readonly string[]): Promise<void> {
  if (done.ok) await removeStaged(folders);
  else if (!isHalfway(done.failure)) await tidyFolders(folders);
}

function isHalfway({ facts }: Failure): boolean {
  return facts?.[HALFWAY] === true;
}

interface Staged {
  readonly staging: string;
  readonly read: { readonly outcome: RestoreOutcome; readonly copies: readonly Copy[] };
  /** Staged paths that were brought to another file system, by their relative name. */
  readonly brought: ReadonlyMap<string, string>;
}

async function stagePaths(replacing: Replacing, { sites }: Prepared): Promise<Result<Staged>> {
  const { tools, selection, request } = replacing;
  const [first] = sites;
  if (first === undefined) return failed(failure('NOT_FOUND', 'nothing of the snapshot has a live place'));
  const staging = join(first.folder, STAGED, 'tree');
  const read = await readChain(tools, { selection, request }, async (links) => {
    const emptied = await removeFolder(staging);
    if (!emptied.ok) return emptied;
    await mkdir(staging, { mode: 0o700 });
    return stage(tools, { selection, request, links, staging });
  });
  if (!read.ok) return read;
  const brought = await bringAll(replacing, sites, staging);
  if (!brought.ok) return brought;
  for (const { folder } of sites) {
    const durable = await flush(tools.ports.tools, folder);
    if (!durable.ok) return durable;
  }
  if (request.signal.aborted) return failed(failure('INTERRUPTED', 'the restore was interrupted'));
  return ok({
    staging,
    read: { outcome: read.value.value, copies: read.value.copies },
    brought: brought.value,
  });
}

/** A rename cannot cross file systems. */
async function bringAll(
  replacing: Replacing,
  sites: readonly Site[],
  staging: string,
): Promise<Result<ReadonlyMap<string, string>>> {
  const brought = new Map<string, string>();
  const home = await deviceOf(staging);
  if (!home.ok) return home;
  for (const site of sites) {
    if (site.staged === undefined || site.base.device === home.value) continue;
    const to = await bringOne(replacing, join(staging, site.staged), {
      folder: site.folder,
      number: brought.size,
    });
    if (!to.ok) return to;
    brought.set(site.staged, to.value);
  }
  return ok(brought);
}

async function bringOne(
  { tools, request }: Replacing,
  from: string,
  { folder, number }: { readonly folder: string; readonly number: number },
): Promise<Result<string>> {
  const above = join(folder, STAGED, String(number));
  const emptied = await removeFolder(above);
  if (!emptied.ok) return emptied;
  await mkdir(above, { mode: 0o700 });
  const to = join(above, basename(from));
  const copied = await bring(tools.ports.tools, { from, to, signal: request.signal });
  return copied.ok ? ok(to) : copied;
}

/** Asks the type once more: nobody writes now, so what it merges from the live data is the last state. */
async function finishPlan(
  replacing: Replacing,
  { sites, measure }: Prepared,
  { staging, brought }: Staged,
): Promise<Result<SwapPlan>> {
  const { tools, selection, request } = replacing;
  const found = await findPlaces(tools, { selection, request }, { facts: measure.facts, staging });
  if (!found.ok) return found;
  const staged: StagedSite[] = [];
  for (const place of found.value.places) {
    const site = sites.find(({ live }) => live === place.live);
    if (site === undefined) return failed(moved(place.live));
    const one = await stagedSite(replacing, { site, place, staging, brought });
    if (!one.ok) return one;
    staged.push(one.value);
  }
  return layOut(staged);
}

function moved(live: string): Failure {
  const message = `${live} is a place that was none when the restore began`;
  return failure('DESTINATION_REFUSED', message, { hint: 'Nothing was replaced. Try again.' });
}

interface Found {
  readonly site: Site;
  readonly place: LivePlace;
  readonly staging: string;
  readonly brought: ReadonlyMap<string, string>;
}

async function stagedSite(
  replacing: Replacing,
  { site: { staged: _early, ...site }, place: { staged: name, mergedFrom }, staging, brought }: Found,
): Promise<Result<StagedSite>> {
  const rest = mergedFrom === undefined ? {} : { mergedFrom };
  if (name === undefined) return ok({ ...site, ...rest });
  const there = brought.get(name);
  if (there === undefined) return ok({ ...site, ...rest, staged: join(staging, name) });
  if (mergedFrom === undefined) return ok({ ...site, ...rest, staged: there });
  const again = await bringOne(replacing, join(staging, name), { folder: site.folder, number: brought.size });
  return again.ok ? ok({ ...site, ...rest, staged: again.value }) : again;
}

async function swapIn(replacing: Replacing, plan: SwapPlan, isNew = true): Promise<Result<Replaced>> {
  const { tools, selection, journal } = replacing;
  const { resource, id: snapshotId } = selection.snapshot;
  const announced = isNew ? await journal.append({ kind: 'swap', resource, snapshotId, plan }) : ok();
  if (!announced.ok) return announced;
  const swapped = await swap(tools.ports.tools, plan);
  if (!swapped.ok) {
    const said = isHalfway(swapped.failure) ? ok() : await journal.append({ kind: 'undone', resource });
    // What is staged must outlive a journal that does not say that nothing was replaced.
    return said.ok
      ? swapped
      : failed({ ...swapped.failure, facts: { ...swapped.failure.facts, [HALFWAY]: true } });
  }
  const settled = await settle(replacing);
  if (!settled.ok) return settled;
  const places = plan.places
    .filter(({ staged, hadLive }) => staged !== undefined || hadLive)
    .map(({ live, safety, hadLive }) => ({ path: live, ...(hadLive ? { safety } : {}) }));
  return ok({ copies: [], places, ...settled.value });
}
