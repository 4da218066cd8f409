import type { Failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import type { RestoreTools } from '../request.ts';
import { runLiveCommand, type LiveResource } from './live-command.ts';

export interface Service {
  readonly tools: Pick<RestoreTools, 'ports' | 'workspace'>;
  readonly live: LiveResource;
  readonly restoreId: string;
  readonly signal: AbortSignal;
}

export interface Surrounded<T> {
  readonly value: T;
  /** The first hook that failed after `work`. */
  readonly afterFailure?: Failure;
}

/**
 * Runs `work` between the hooks that stop and start what uses the resource. The `after` hooks all
 * run, whatever became of the others, also after an interruption.
 */
export async function withServiceStopped<T>(
  service: Service,
  work: () => Promise<Result<T>>,
): Promise<Result<Surrounded<T>>> {
  const stopped = await runBefore(service);
  const worked = stopped.ok ? await work() : stopped;
  const afterFailure = await startService(service);
  if (!worked.ok) return failed(withNote(worked.failure, afterFailure));
  return ok({ value: worked.value, ...(afterFailure === undefined ? {} : { afterFailure }) });
}

async function runBefore({ tools, live, restoreId, signal }: Service): Promise<Result<void>> {
  for (const argv of live.spec?.restore.hooks.before ?? []) {
    const run = await runLiveCommand(tools, live, { argv, what: 'before hook', signal, restoreId });
    if (!run.ok) return run;
  }
  return ok();
}

/** The first hook that failed, once all have run. */
export async function startService({
  tools,
  live,
  restoreId,
}: Omit<Service, 'signal'>): Promise<Failure | undefined> {
  let first: Failure | undefined;
  const { signal } = new AbortController();
  for (const argv of live.spec?.restore.hooks.after ?? []) {
    const run = await runLiveCommand(tools, live, { argv, what: 'after hook', signal, restoreId });
    if (!run.ok) first ??= run.failure;
  }
  return first;
}

function withNote(why: Failure, after: Failure | undefined): Failure {
  return after === undefined ? why : { ...why, message: `${why.message}; then ${after.message}` };
}
