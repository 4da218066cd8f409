import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { openJournal, readJournals, type Journal } from '../../swap/journal.ts';
import type { RestoreState } from '../../swap/restore-state.ts';
import { restoresDirectory } from '../../swap/state-directory.ts';
import type { Ports } from '../ports.ts';

/** Refuses where another process works on the restore, or where nobody can tell. */
export function checkIdle(ports: Ports, { restoreId, holders }: RestoreState): Result<void> {
  const other = holders.find((holder) => !ports.isDeadRestorer(holder));
  if (other === undefined) return ok();
  return failed(failure('LOCKED', `restore ${restoreId} is under way: ${other}`));
}

/** Goes on with a restore that is idle. Of two processes that do so at once, the first line wins. */
export async function takeUp(ports: Ports, restoreId: string, as: string): Promise<Result<Journal>> {
  const root = restoresDirectory(ports.environment);
  const journal = openJournal(root, restoreId);
  const holder = ports.describeHolder(as);
  const said = await journal.append({ kind: 'resume', holder });
  if (!said.ok) return said;
  const states = await readJournals(root);
  if (!states.ok) return states;
  const state = states.value.find((one) => one.restoreId === restoreId);
  if (state === undefined) return failed(failure('NOT_FOUND', `restore ${restoreId} is gone`));
  const earlier = state.holders.slice(0, state.holders.lastIndexOf(holder));
  const idle = checkIdle(ports, { ...state, holders: earlier });
  return idle.ok ? ok(journal) : idle;
}
