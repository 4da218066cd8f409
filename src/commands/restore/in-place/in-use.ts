import { failure } from '../../../domain/failure.ts';
import { liveRestoreOf } from '../../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';
import { attemptLiveCommand, endedBadly, liveOf } from './live-command.ts';
import { placeContext } from './place-context.ts';

interface Asked {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly force: boolean;
  readonly restoreId: string;
}

/** Not executable, and not found, as every shell says it. */
const NO_ANSWER: readonly (number | undefined)[] = [126, 127, undefined];

/** Refuses while `activeCheck` says that the resource is in use. An answer that is none is a failure. */
export async function checkInUse(
  tools: RestoreTools,
  { selection, request, force, restoreId }: Asked,
): Promise<Result<void>> {
  const argv = selection.spec?.restore.activeCheck;
  if (argv === undefined) return ok();
  const command = { argv, what: 'activeCheck', signal: request.signal, restoreId };
  const { resource } = selection.snapshot;
  const run = await attemptLiveCommand(tools, liveOf(selection), command);
  const isAnswer = run.ok && !NO_ANSWER.includes(run.value.exitCode);
  if (isAnswer && run.value.exitCode !== 0) return ok();
  if (isAnswer && !force) return failed(failure('RESOURCE_IN_USE', `${resource} is in use`));
  if (isAnswer) {
    request.note(`${resource} is in use; it is replaced all the same`);
    return ok();
  }
  const why = run.ok ? endedBadly(liveOf(selection), command, run.value) : run.failure;
  if (!force || why.code === 'INTERRUPTED') return failed(why);
  request.note(`it is unknown whether ${resource} is in use: ${why.message}`);
  return ok();
}

/** As above, but by who has the live paths open: asked once the hooks had their chance to stop them. */
export async function checkHolders(
  tools: RestoreTools,
  { selection, request, force }: Omit<Asked, 'restoreId'>,
  facts: Readonly<Record<string, unknown>>,
): Promise<Result<void>> {
  const live = liveRestoreOf(selection.type, selection.options);
  if (live?.kind !== 'paths' || live.inUse === undefined) return ok();
  const context = placeContext(tools.workspace.plan.directory, { selection, request });
  const holder = await live.inUse({ ...context, facts });
  if (!holder.ok) return holder;
  if (holder.value === undefined) return ok();
  if (!force) return failed(failure('RESOURCE_IN_USE', holder.value));
  request.note(`${holder.value}; it is replaced all the same`);
  return ok();
}
