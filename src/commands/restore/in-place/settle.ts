import { failure, type Failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { liveOf, runLiveCommand } from './live-command.ts';
import type { Replacing } from './replacing.ts';

export interface Settled {
  readonly checksPassed: number;
  readonly problem?: Failure;
}

/** Moves the data that is in place now to the installed version, and checks it. */
export async function settle(replacing: Replacing): Promise<Result<Settled>> {
  const { journal, selection, version } = replacing;
  if (version.migrations.length > 0) {
    const said = await journal.append({ kind: 'migrate', resource: selection.snapshot.resource });
    if (!said.ok) return said;
  }
  const migrated = await migrate(replacing);
  const checked = migrated.ok ? await check(replacing) : { checksPassed: 0, problem: migrated.failure };
  const placed = await journal.append({
    kind: 'placed',
    resource: selection.snapshot.resource,
    checkFailed: checked.problem !== undefined,
  });
  return placed.ok ? ok(checked) : placed;
}

async function migrate({ tools, selection, request, version, journal }: Replacing): Promise<Result<void>> {
  const { signal } = request;
  const { restoreId } = journal;
  for (const { from, to, run } of version.migrations) {
    request.note(`moving ${selection.snapshot.resource} from ${from} to ${to}`);
    for (const argv of run) {
      const done = await runLiveCommand(tools, liveOf(selection), {
        argv,
        what: 'migration',
        signal,
        restoreId,
      });
      if (!done.ok) return failed({ ...done.failure, hint: undoHint(restoreId) });
    }
  }
  return ok();
}

async function check({ tools, selection, request, journal }: Replacing): Promise<Settled> {
  const { signal } = request;
  const { restoreId } = journal;
  let checksPassed = 0;
  for (const argv of selection.spec?.restore.check ?? []) {
    const done = await runLiveCommand(tools, liveOf(selection), { argv, what: 'check', signal, restoreId });
    if (!done.ok) return { checksPassed, problem: checkFailed(done.failure, restoreId) };
    checksPassed += 1;
  }
  return { checksPassed };
}

function checkFailed(why: Failure, restoreId: string): Failure {
  const { message, toolOutput } = why;
  const hint = undoHint(restoreId);
  return failure('RESTORE_CHECK_FAILED', message, {
    hint,
    ...(toolOutput === undefined ? {} : { toolOutput }),
  });
}

export function undoHint(restoreId: string): string {
  return `What was there before is kept: \`backup-plan undo ${restoreId}\` brings it back.`;
}
