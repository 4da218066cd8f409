import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import { formatBytes } from '../domain/size.ts';
import type { RunContext } from './ports.ts';

/**
 * Refuses to start a capture that cannot fit: the newest snapshot of the same mode says about how
 * much there will be. Without one, the write itself finds out.
 */
export async function checkSpace(run: RunContext, task: BackupTask): Promise<Result<void>> {
  const expected = expectedBytes(run, task);
  if (expected === 0) return ok();
  for (const name of task.targets) {
    const space = await run.repositories.get(name)?.target.space();
    if (space === undefined || !space.ok || space.value === undefined) continue;
    if (space.value.freeBytes >= expected) continue;
    const free = formatBytes(space.value.freeBytes);
    return failed(
      failure(
        'TARGET_FULL',
        `target ${name} has ${free} free, the last ${task.mode} of ${task.resource} took ${formatBytes(expected)}`,
        {
          facts: { target: name, freeBytes: space.value.freeBytes, expectedBytes: expected },
        },
      ),
    );
  }
  return ok();
}

function expectedBytes(run: RunContext, task: BackupTask): number {
  const last = run.catalog.snapshots.findLast(
    (one) => one.resource === task.resource && one.mode === task.mode && one.good,
  );
  if (last === undefined) return 0;
  return last.record.index.bytes + last.record.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
}
