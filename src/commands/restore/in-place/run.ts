import { newRunId } from '../../../catalog/ids.ts';
import { failure, type Failure } from '../../../domain/failure.ts';
import type { RestoredResource, RestoreReport } from '../../../domain/restore-report.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { removeFolders, tidyFolders } from '../../../swap/folders.ts';
import { createJournal, readJournals, type Journal } from '../../../swap/journal.ts';
import { isTouched, type ResourceState, type RestoreState } from '../../../swap/restore-state.ts';
import { restoresDirectory } from '../../../swap/state-directory.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';
import { selectionOf } from '../select.ts';
import { takeUp } from '../take-up.ts';
import { checkClear } from './keep-clear.ts';
import type { InPlaceOptions } from './options.ts';
import { prepare, type Prepared, type PrepareRequest } from './prepare.ts';
import { checkRoomFor } from './room.ts';
import { replaceAll, type WorkItem } from './schedule.ts';
import { findUnfinished } from './unfinished.ts';
import { checkVersion } from './version.ts';

export interface InPlaceRequest {
  readonly selections: readonly Selection[];
  readonly request: RestoreRequest;
  readonly options: InPlaceOptions;
  /** Of what was asked for; the same one continues a restore that was interrupted. */
  readonly digest: string;
}

/** Replaces live resources by snapshots, with a way back, or finishes an interrupted restore of them. */
export async function restoreInPlace(
  tools: RestoreTools,
  asked: InPlaceRequest,
): Promise<Result<RestoreReport>> {
  const { ports, workspace } = tools;
  const resources = asked.selections.map(({ snapshot }) => snapshot.resource);
  const scope = { plan: workspace.plan.name, resources, request: asked.digest };
  const unfinished = await findUnfinished(ports, scope);
  if (!unfinished.ok) return unfinished;
  const restoreId = unfinished.value?.restoreId ?? newRunId(ports.clock.nowMs());
  const chosen = unfinished.value === undefined ? ok(asked.selections) : again(tools, unfinished.value);
  if (!chosen.ok) return chosen;
  const items = await prepareAll(tools, { ...asked, selections: chosen.value }, restoreId, unfinished.value);
  if (!items.ok) return items;
  const journal = await begin(tools, { ...asked, selections: chosen.value }, restoreId, unfinished.value);
  if (!journal.ok) return journal;
  const other = await findUnfinished(ports, { ...scope, except: restoreId });
  if (!other.ok) {
    if (unfinished.value === undefined) await journal.value.remove();
    return other;
  }
  const { request, options } = asked;
  const done = await replaceAll({ tools, request, options, journal: journal.value }, items.value);
  return conclude(tools, { journal: journal.value, options, resources: done });
}

/** The snapshots that the interrupted restore chose, whatever is the newest by now. */
function again({ ports, workspace }: RestoreTools, { begin }: RestoreState): Result<readonly Selection[]> {
  const selections: Selection[] = [];
  for (const { resource, snapshotId } of begin.items) {
    const snapshot = workspace.catalog.snapshots.find(({ id }) => id === snapshotId);
    if (snapshot === undefined) {
      return failed(failure('NOT_FOUND', `snapshot ${snapshotId} of ${resource} is not there any more`));
    }
    const selection = selectionOf(ports, workspace, snapshot);
    if (!selection.ok) return selection;
    selections.push(selection.value);
  }
  return ok(selections);
}

/** Every refusal comes before the first write. */
async function prepareAll(
  tools: RestoreTools,
  asked: InPlaceRequest,
  restoreId: string,
  earlier: RestoreState | undefined,
): Promise<Result<readonly WorkItem[]>> {
  const { request, options, selections } = asked;
  const items: WorkItem[] = [];
  for (const selection of selections) {
    const state = earlier?.resources.get(selection.snapshot.resource);
    const item = await prepareOne(tools, { selection, request, options, restoreId }, state);
    if (!item.ok) return item;
    items.push(item.value);
  }
  if (items.every(({ refusal }) => refusal !== undefined)) {
    const [why] = items.flatMap(({ refusal }) => refusal ?? []);
    if (why !== undefined) return failed(why);
  }
  const prepared = items.flatMap((item) => item.prepared ?? []);
  const clear = await checkClear(tools, prepared);
  if (!clear.ok) return clear;
  for (const warning of prepared.flatMap(({ warnings }) => warnings)) request.note(warning);
  const room = await checkRoomFor(prepared.flatMap(({ needs }) => needs));
  if (!room.ok) return room;
  const agreed = await agree(prepared, options);
  return agreed.ok ? ok(items) : agreed;
}

async function prepareOne(
  tools: RestoreTools,
  asked: PrepareRequest,
  state: ResourceState | undefined,
): Promise<Result<WorkItem>> {
  const { selection, request, options } = asked;
  const rest = state === undefined ? {} : { state };
  if (state?.placed !== undefined) return ok({ selection, version: { migrations: [] }, ...rest });
  if (state?.swap !== undefined && state.undo === undefined) {
    const allowMismatch = options.allowVersionMismatch;
    const version = await checkVersion(tools, { selection, request, allowMismatch });
    return version.ok ? ok({ selection, version: version.value, ...rest }) : version;
  }
  const folders = state?.folders ?? [];
  const removed = state?.swap === undefined ? await removeFolders(folders) : await tidyFolders(folders);
  if (!removed.ok) return removed;
  const prepared = await prepare(tools, asked);
  if (prepared.ok)
    return ok({ selection, version: prepared.value.version, prepared: prepared.value, ...rest });
  if (prepared.failure.code !== 'RESTORE_UNSUPPORTED') return prepared;
  return ok({ selection, version: { migrations: [] }, refusal: prepared.failure });
}

/** What is there is only replaced by someone who said so. */
async function agree(
  prepared: readonly Prepared[],
  { force, backupExisting, confirm }: InPlaceOptions,
): Promise<Result<void>> {
  const replaces = prepared.flatMap((one) => one.replaces);
  const [whole] = backupExisting ? [] : prepared.filter((one) => one.partial && one.replaces.length > 0);
  if (whole !== undefined) return failed(uncaptured(whole));
  if (force || replaces.length === 0) return ok();
  const what = replaces.join(', ');
  if (await confirm?.(`Replace ${what}?`)) return ok();
  const why =
    confirm === undefined ? `would replace ${what}` : `the replacement of ${what} was not confirmed`;
  return failed(failure('DESTINATION_REFUSED', why, { hint: 'Pass --force to replace what is there.' }));
}

function uncaptured({ replaces }: Prepared): Failure {
  const message = `${replaces.join(', ')} may hold what the plan leaves out and no snapshot has`;
  return failure('DESTINATION_REFUSED', message, { hint: 'Leave --no-backup-existing out.' });
}

async function begin(
  { ports, workspace }: RestoreTools,
  { selections, digest }: InPlaceRequest,
  restoreId: string,
  earlier: RestoreState | undefined,
): Promise<Result<Journal>> {
  if (earlier !== undefined) return takeUp(ports, restoreId, 'restore');
  return createJournal(restoresDirectory(ports.environment), {
    kind: 'begin',
    version: 1,
    restoreId,
    plan: workspace.plan.name,
    items: selections.map(({ snapshot }) => ({ resource: snapshot.resource, snapshotId: snapshot.id })),
    request: digest,
    holder: ports.describeHolder('restore'),
    at: new Date(ports.clock.nowMs()).toISOString(),
  });
}

interface Finished {
  readonly journal: Journal;
  readonly options: InPlaceOptions;
  readonly resources: readonly RestoredResource[];
}

/** A restore that changed nothing is forgotten; without a way back its folders go. */
async function conclude(
  { ports }: RestoreTools,
  { journal, options, resources }: Finished,
): Promise<Result<RestoreReport>> {
  const { restoreId } = journal;
  const states = await readJournals(restoresDirectory(ports.environment));
  if (!states.ok) return states;
  const touched = [...(states.value.find((one) => one.restoreId === restoreId)?.resources.values() ?? [])];
  if (!touched.some(isTouched)) {
    const hasRemains = touched.some(({ swap }) => swap !== undefined);
    const closed = hasRemains ? await journal.append({ kind: 'end' }) : await journal.remove();
    return closed.ok ? ok({ resources, undoable: false }) : closed;
  }
  const ended = await journal.append({ kind: 'end' });
  if (!ended.ok) return ended;
  const isGood = resources.every((one) => one.failure === undefined);
  if (options.backupExisting || !isGood) return ok({ resources, restoreId, undoable: true });
  const said = await journal.append({ kind: 'discard' });
  const removed = said.ok ? await removeFolders(touched.flatMap(({ folders }) => folders)) : said;
  if (!removed.ok) return removed;
  return ok({ resources: resources.map(withoutSafety), restoreId, undoable: false });
}

function withoutSafety(one: RestoredResource): RestoredResource {
  return one.places === undefined ? one : { ...one, places: one.places.map(({ path }) => ({ path })) };
}
