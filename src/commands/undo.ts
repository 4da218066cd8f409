import { failure } from '../domain/failure.ts';
import type { UndoneResource, UndoReport } from '../domain/restore-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { lookAt } from '../swap/entry.ts';
import { removeFolders, tidyFolders } from '../swap/folders.ts';
import type { Journal } from '../swap/journal.ts';
import { checkKept } from '../swap/kept.ts';
import type { SwapPlan } from '../swap/plan.ts';
import { isTouched, type ResourceState } from '../swap/restore-state.ts';
import { revert } from '../swap/revert.ts';
import { withServiceStopped } from './restore/in-place/around.ts';
import { withStaged } from './restore/in-place/replace-by-load.ts';
import type { RestoreTools } from './restore/request.ts';
import { selectionOf } from './restore/select.ts';
import { load } from './restore/stage.ts';
import { takeUp } from './restore/take-up.ts';
import { findUndoable } from './undo-find.ts';
import { leaveUndoEvent } from './undo-event.ts';

export interface UndoRequest {
  readonly restoreId: string;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

/**
 * Brings back what was live before a restore, resource by resource in reverse order. It decides from
 * what is on the disk, so it may be called again after a crash, and after a restore that died half-way.
 */
export async function undo(tools: RestoreTools, request: UndoRequest): Promise<Result<UndoReport>> {
  const { ports, workspace } = tools;
  const startedAt = ports.clock.monotonicMs();
  const { restoreId } = request;
  const found = await findUndoable(ports, workspace.plan.name, restoreId);
  if (!found.ok) return found;
  const journal = await takeUp(ports, restoreId, 'undo');
  if (!journal.ok) return journal;
  const resources: UndoneResource[] = [];
  for (const state of [...found.value.resources.values()].reverse())
    resources.push(await undoOne(tools, { request, journal: journal.value }, state));
  const ended = await journal.value.append({ kind: 'end' });
  if (!ended.ok) return ended;
  const report = { restoreId, resources };
  const durationMs = Math.round(ports.clock.monotonicMs() - startedAt);
  const note = await leaveUndoEvent(tools, { report, durationMs });
  if (note !== undefined) request.note(note);
  return ok(report);
}

interface Undoing {
  readonly request: UndoRequest;
  readonly journal: Journal;
}

async function undoOne(tools: RestoreTools, undoing: Undoing, state: ResourceState): Promise<UndoneResource> {
  const { resource } = state;
  if (!isTouched(state)) return leaveUntouched(state);
  const possible = await checkPossible(tools, state);
  if (!possible.ok) return { resource, state: 'failed', places: [], failure: possible.failure };
  const begun = await undoing.journal.append({ kind: 'undo', resource });
  const done = begun.ok ? await goBack(tools, undoing, state) : begun;
  if (!done.ok) return { resource, state: 'failed', places: [], failure: done.failure };
  const said = await undoing.journal.append({ kind: 'undone', resource });
  return said.ok ? done.value : { ...done.value, state: 'failed', failure: said.failure };
}

/** An undo that could never be finished is not begun: nothing else would be possible any more. */
async function checkPossible(
  { workspace }: RestoreTools,
  { resource, swap, load: loaded, undo: earlier }: ResourceState,
): Promise<Result<void>> {
  if (swap !== undefined) return earlier === undefined ? checkKept(swap) : ok();
  const before = loaded?.before;
  if (workspace.catalog.snapshots.some(({ id }) => id === before)) return ok();
  const why = before === undefined ? 'none was taken' : `${before} is not there any more`;
  return failed(
    failure('UNDO_REFUSED', `there is no snapshot of ${resource} from before the restore: ${why}`),
  );
}

/** What was staged is of no use any more; what a swap once moved stays where it is. */
async function leaveUntouched({ resource, swap, folders }: ResourceState): Promise<UndoneResource> {
  const cleaned = swap === undefined ? await removeFolders(folders) : await tidyFolders(folders);
  const untouched = { resource, state: 'untouched', places: [] } as const;
  return cleaned.ok ? untouched : { ...untouched, failure: cleaned.failure };
}

/** Between the same hooks as the restore. */
async function goBack(
  tools: RestoreTools,
  { request, journal }: Undoing,
  state: ResourceState,
): Promise<Result<UndoneResource>> {
  const { resource, swap } = state;
  const spec = tools.workspace.plan.resources[resource];
  const live = { resource, ...(spec === undefined ? {} : { spec }) };
  const service = { tools, live, restoreId: journal.restoreId, signal: request.signal };
  const work = (): Promise<Result<UndoneResource>> =>
    swap === undefined ? loadBefore(tools, request, state) : revertSwap(tools, resource, swap);
  const done = await withServiceStopped(service, work);
  if (!done.ok) return done;
  const { value, afterFailure } = done.value;
  return ok(afterFailure === undefined ? value : { ...value, failure: afterFailure });
}

async function revertSwap(
  { ports }: RestoreTools,
  resource: string,
  plan: SwapPlan,
): Promise<Result<UndoneResource>> {
  const reverted = await revert(ports.tools, plan);
  if (!reverted.ok) return reverted;
  const tidied = await tidyFolders(plan.folders);
  if (!tidied.ok) return tidied;
  const places = [];
  for (const { live, discarded, staged, hadLive } of plan.places) {
    const kept = await lookAt(discarded, []);
    const isKept = kept.ok && kept.value !== undefined;
    if (staged !== undefined || hadLive || isKept)
      places.push({ path: live, ...(isKept ? { discarded } : {}) });
  }
  return ok({ resource, state: 'undone', places });
}

/** Loads the snapshot that was taken before the restore. */
async function loadBefore(
  tools: RestoreTools,
  { signal, note }: UndoRequest,
  { resource, load: loaded }: ResourceState,
): Promise<Result<UndoneResource>> {
  const before = tools.workspace.catalog.snapshots.find(({ id }) => id === loaded?.before);
  if (before === undefined) throw new Error(`the undo of ${resource} was begun without a snapshot`);
  const selection = selectionOf(tools.ports, tools.workspace, before);
  if (!selection.ok) return selection;
  const request = { only: [], map: [], numericOwner: false, signal, note };
  return withStaged(tools, { selection: selection.value, request }, async (staged) => {
    const done = await load(tools, { selection: selection.value, request, ...staged });
    return done.ok ? ok({ resource, state: 'undone', places: [], loaded: before.id }) : done;
  });
}
