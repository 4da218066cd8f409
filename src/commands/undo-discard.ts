import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { removeFolders } from '../swap/folders.ts';
import { openJournal, readJournals } from '../swap/journal.ts';
import type { RestoreState } from '../swap/restore-state.ts';
import { restoresDirectory } from '../swap/state-directory.ts';
import { writePinEvents } from './pin.ts';
import type { Ports } from './ports.ts';
import { checkIdle } from './restore/take-up.ts';
import { machineKey } from './read-keys.ts';
import type { Workspace } from './workspace.ts';

export interface DiscardRequest {
  readonly restoreId: string;
  readonly note: (message: string) => void;
  /** Whether the copies may go for good. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Removes what a restore kept for going back, and what an undo put aside. Returns the folders. */
export async function discardSafety(
  ports: Ports,
  workspace: Workspace,
  request: DiscardRequest,
): Promise<Result<readonly string[]>> {
  const { restoreId, confirm } = request;
  const plan = workspace.plan.name;
  const root = restoresDirectory(ports.environment);
  const states = await readJournals(root);
  if (!states.ok) return states;
  const state = states.value.find((one) => one.restoreId === restoreId && one.begin.plan === plan);
  if (state === undefined)
    return failed(failure('NOT_FOUND', `no restore ${restoreId} of plan "${plan}" on this machine`));
  const refused = checkSettled(ports, state);
  if (!refused.ok) return refused;
  const folders = [...state.resources.values()].flatMap((one) => one.folders);
  if (!(await confirm(`Remove the copies of restore ${restoreId} for good?`))) {
    const hint = 'Pass --yes to remove them unasked.';
    return failed(failure('UNDO_REFUSED', `the copies of restore ${restoreId} are kept`, { hint }));
  }
  const journal = openJournal(root, restoreId);
  const said = await journal.append({ kind: 'discard' });
  const removed = said.ok ? await removeFolders(folders) : said;
  const forgotten = removed.ok ? await journal.remove() : removed;
  if (!forgotten.ok) return forgotten;
  await unpinAll(ports, workspace, { state, note: request.note });
  return ok(folders);
}

/** Snapshots that were kept for going back are kept as retention says from now on. */
async function unpinAll(
  ports: Ports,
  workspace: Workspace,
  { state, note }: { readonly state: RestoreState } & Pick<DiscardRequest, 'note'>,
): Promise<void> {
  const ids = [...state.resources.values()].flatMap(({ load }) => load?.before ?? []);
  const pinned = workspace.catalog.snapshots.filter(
    (one) => ids.includes(one.id) && one.pinned !== undefined,
  );
  if (pinned.length === 0) return;
  const key = await machineKey(ports, workspace.plan);
  for (const snapshot of pinned) {
    const written = key.ok
      ? await writePinEvents(ports, workspace, { action: 'unpin', snapshot, key: key.value })
      : [];
    if (!written.some((one) => one.state === 'written')) note(`${snapshot.id} stays pinned`);
  }
}

/** Half of a restore or of an undo needs its copies. */
function checkSettled(ports: Ports, state: RestoreState): Result<void> {
  const idle = checkIdle(ports, state);
  if (!idle.ok) return idle;
  const { restoreId, ended, resources } = state;
  const isUndoing = [...resources.values()].some(({ undo }) => undo === 'begun');
  if (ended && !isUndoing) return ok();
  const hint = `Finish it first: \`backup-plan undo ${restoreId}\`.`;
  return failed(failure('RESTORE_UNFINISHED', `restore ${restoreId} was interrupted half-way`, { hint }));
}
