import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { removeFolders } from '../swap/folders.ts';
import { openJournal, readJournals } from '../swap/journal.ts';
import type { RestoreState } from '../swap/restore-state.ts';
import { restoresDirectory } from '../swap/state-directory.ts';
import type { Ports } from './ports.ts';

export interface DiscardRequest {
  readonly plan: string;
  readonly restoreId: string;
  /** Whether the copies may go for good. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Removes what a restore kept for going back, and what an undo put aside. Returns the folders. */
export async function discardSafety(
  ports: Ports,
  request: DiscardRequest,
): Promise<Result<readonly string[]>> {
  const { plan, restoreId, confirm } = request;
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
  return forgotten.ok ? ok(folders) : forgotten;
}

/** Half of a restore or of an undo needs its copies. */
function checkSettled(ports: Ports, { restoreId, ended, holder, resources }: RestoreState): Result<void> {
  if (!ended && !ports.isDeadHolder(holder))
    return failed(failure('LOCKED', `restore ${restoreId} is under way: ${holder}`));
  const isUndoing = [...resources.values()].some(({ undo }) => undo === 'begun');
  if (ended && !isUndoing) return ok();
  const hint = `Finish it first: \`backup-plan undo ${restoreId}\`.`;
  return failed(failure('RESTORE_UNFINISHED', `restore ${restoreId} was interrupted half-way`, { hint }));
}
