import { failure, type Failure } from '../../../domain/failure.ts';
import type { RestoredResource } from '../../../domain/restore-report.ts';
import { liveRestoreOf } from '../../../domain/resource-type.ts';
import { ok, type Result } from '../../../domain/result.ts';
import type { ResourceState } from '../../../swap/restore-state.ts';
import type { Selection } from '../request.ts';
import { restored } from '../restored.ts';
import { startService } from './around.ts';
import { levelsOf } from './levels.ts';
import { liveOf } from './live-command.ts';
import type { Prepared } from './prepare.ts';
import { replaceByLoad } from './replace-by-load.ts';
import { continueSwap, replacePaths } from './replace-paths.ts';
import type { Replaced, Replacing } from './replacing.ts';
import { undoHint } from './settle.ts';
import type { VersionCheck } from './version.ts';

/** One resource to replace; `state` is what an interrupted restore had done of it. */
export interface WorkItem {
  readonly selection: Selection;
  readonly version: VersionCheck;
  readonly prepared?: Prepared;
  readonly state?: ResourceState;
  /** Why it cannot be restored, where others may be all the same. */
  readonly refusal?: Failure;
}

type Common = Omit<Replacing, 'selection' | 'version'>;

/** Each staging writes as much as it can; more of them at once only take turns. */
const AT_ONCE = 2;

/** What others depend on comes first; where one fails, those that depend on it are left alone. */
export async function replaceAll(
  common: Common,
  items: readonly WorkItem[],
): Promise<readonly RestoredResource[]> {
  const byName = new Map(items.map((item) => [item.selection.snapshot.resource, item]));
  const dependsOn = (name: string): readonly string[] => byName.get(name)?.selection.spec?.dependsOn ?? [];
  const done = new Map<string, RestoredResource>();
  for (const level of levelsOf([...byName.keys()], dependsOn)) {
    for (let start = 0; start < level.length; start += AT_ONCE) {
      const batch = level.slice(start, start + AT_ONCE).flatMap((name) => byName.get(name) ?? []);
      const results = await Promise.all(
        batch.map((item) => {
          const blocker = dependsOn(item.selection.snapshot.resource).find((name) =>
            isBlocking(done.get(name)),
          );
          return blocker === undefined ? replaceOne(common, item) : Promise.resolve(skipped(item, blocker));
        }),
      );
      for (const one of results) done.set(one.resource, one);
    }
  }
  return items.flatMap(({ selection }) => done.get(selection.snapshot.resource) ?? []);
}

function isBlocking(one: RestoredResource | undefined): boolean {
  return one !== undefined && one.failure !== undefined;
}

function skipped({ selection }: WorkItem, blocker: string): RestoredResource {
  const why = failure(
    'UPSTREAM_FAILED',
    `${selection.snapshot.resource} depends on ${blocker}, which failed`,
  );
  return { ...restored(selection, []), state: 'skipped', durationMs: 0, failure: why };
}

async function replaceOne(
  common: Common,
  { selection, version, prepared, state, refusal }: WorkItem,
): Promise<RestoredResource> {
  const { clock } = common.tools.ports;
  const startedAt = clock.monotonicMs();
  if (state?.placed !== undefined) return finishPlaced(common, selection, { ...state, placed: state.placed });
  if (refusal !== undefined) return { ...broken(selection, refusal), durationMs: 0 };
  const replacing: Replacing = { ...common, selection, version };
  const result = await replaceAs(replacing, { prepared, state });
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  if (!result.ok) return { ...broken(selection, result.failure), durationMs };
  const said = await common.journal.append({ kind: 'released', resource: selection.snapshot.resource });
  if (!said.ok) return { ...broken(selection, said.failure), durationMs };
  return { ...describe(selection, result.value), durationMs };
}

/** In place since an interrupted run: its service may still stand, and what its checks said still counts. */
async function finishPlaced(
  { tools, journal }: Common,
  selection: Selection,
  { placed, released }: ResourceState & Required<Pick<ResourceState, 'placed'>>,
): Promise<RestoredResource> {
  const { restoreId } = journal;
  const { resource } = selection.snapshot;
  const hookFailure = released
    ? undefined
    : await startService({ tools, live: liveOf(selection), restoreId });
  const said = released ? ok() : await journal.append({ kind: 'released', resource });
  const checkFailure = placed.checkFailed ? checkFailedBefore(restoreId) : undefined;
  const problem = checkFailure ?? hookFailure ?? (said.ok ? undefined : said.failure);
  const rest = problem === undefined ? {} : { failure: problem };
  return { ...restored(selection, []), state: 'earlier', durationMs: 0, ...rest };
}

function checkFailedBefore(restoreId: string): Failure {
  return failure('RESTORE_CHECK_FAILED', 'a check failed in the run that was interrupted', {
    hint: undoHint(restoreId),
  });
}

function replaceAs(
  replacing: Replacing,
  { prepared, state }: { readonly prepared: Prepared | undefined; readonly state: ResourceState | undefined },
): Promise<Result<Replaced>> {
  if (state?.swap !== undefined && prepared === undefined) return continueSwap(replacing, state.swap);
  if (prepared === undefined) throw new Error('a resource is neither prepared nor half replaced');
  const { type, options } = replacing.selection;
  const isLoaded = liveRestoreOf(type, options)?.kind === 'load';
  return isLoaded ? replaceByLoad(replacing, state?.load?.before) : replacePaths(replacing, prepared);
}

function broken(selection: Selection, why: Failure): Omit<RestoredResource, 'durationMs'> {
  return { ...restored(selection, []), state: 'failed', failure: why };
}

function describe(
  selection: Selection,
  { outcome, copies, places, before, checksPassed, problem }: Replaced,
): Omit<RestoredResource, 'durationMs'> {
  return {
    ...restored(selection, copies),
    ...(outcome === undefined ? {} : { outcome }),
    places,
    ...(before === undefined ? {} : { before }),
    checksPassed,
    ...(problem === undefined ? {} : { failure: problem }),
  };
}
