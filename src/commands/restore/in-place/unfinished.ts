import { failure, type Failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { removeFolders, tidyFolders } from '../../../swap/folders.ts';
import { openJournal, readJournals } from '../../../swap/journal.ts';
import { isTouched, type RestoreState } from '../../../swap/restore-state.ts';
import { restoresDirectory } from '../../../swap/state-directory.ts';
import type { Ports } from '../../ports.ts';
import { checkIdle } from '../take-up.ts';

interface Asked {
  readonly plan: string;
  readonly resources: readonly string[];
  /** Digest of what is asked for now. */
  readonly request: string;
  /** A restore that is not looked at: the own one. */
  readonly except?: string;
}

/**
 * Looks for a restore of any of these resources that never ended. Undefined where there is none, the
 * restore where the same request began it; one that touched nothing is cleaned away.
 */
export async function findUnfinished(ports: Ports, asked: Asked): Promise<Result<RestoreState | undefined>> {
  const root = restoresDirectory(ports.environment);
  const states = await readJournals(root);
  if (!states.ok) return states;
  let found: RestoreState | undefined;
  for (const state of states.value.filter((one) => concerns(one, asked))) {
    const idle = checkIdle(ports, state);
    if (!idle.ok) return idle;
    const isUndoing = [...state.resources.values()].some(({ undo }) => undo === 'begun');
    if (![...state.resources.values()].some(isTouched)) {
      const cleaned = await forget(root, state);
      if (!cleaned.ok) return cleaned;
    } else if (state.begin.request === asked.request && !isUndoing && !hasMigrated(state)) found ??= state;
    else return failed(unfinished(state, isUndoing || hasMigrated(state)));
  }
  return ok(found);
}

function concerns(state: RestoreState, { plan, resources, except }: Asked): boolean {
  if (state.begin.plan !== plan || state.restoreId === except || state.discarded) return false;
  const isOpen = !state.ended || [...state.resources.values()].some(({ undo }) => undo === 'begun');
  return isOpen && state.begin.items.some(({ resource }) => resources.includes(resource));
}

/** A migration that was cut in the middle cannot be run a second time. */
function hasMigrated({ resources }: RestoreState): boolean {
  return [...resources.values()].some(
    ({ migrating, placed, undo }) => migrating && placed === undefined && undo !== 'done',
  );
}

async function forget(root: string, state: RestoreState): Promise<Result<void>> {
  for (const { folders, swap } of state.resources.values()) {
    // What was live once may lie in the folder of a swap that went back.
    const cleaned = swap === undefined ? await removeFolders(folders) : await tidyFolders(folders);
    if (!cleaned.ok) return cleaned;
  }
  return openJournal(root, state.restoreId).remove();
}

function unfinished({ restoreId, begin }: RestoreState, onlyBack: boolean): Failure {
  const what = begin.items.map(({ resource }) => resource).join(', ');
  const back = `\`backup-plan undo ${restoreId}\` goes back to what was there before`;
  return failure('RESTORE_UNFINISHED', `restore ${restoreId} of ${what} was interrupted half-way`, {
    hint: onlyBack
      ? `Only ${back.replace(' goes', ' can go')}.`
      : `The same restore as then finishes it; ${back}.`,
  });
}
