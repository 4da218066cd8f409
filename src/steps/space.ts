import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import { formatBytes } from '../domain/size.ts';
import type { RunContext } from './ports.ts';

/**
 * Refuses to start a capture that fits nowhere: the newest snapshot of the same mode says about how
 * much there will be. Without one, the write itself finds out. One full target of several does not
 * keep the others from their copy: there, shipping fails.
 */
export async function checkSpace(run: RunContext, task: BackupTask): Promise<Result<void>> {
  const open = task.targets.filter((name) => run.repositories.has(name));
  const shortages = await Promise.all(open.map((name) => shortageOn(run, task, name)));
  const [first] = shortages;
  return first !== undefined && shortages.every((one) => one !== undefined) ? failed(first) : ok();
}

/** Why a target cannot take the capture, where that can be told beforehand. */
export async function shortageOn(
  run: RunContext,
  task: BackupTask,
  name: string,
): Promise<Failure | undefined> {
  const expected = expectedBytes(run, task);
  const space = await run.repositories.get(name)?.target.space();
  if (!space?.ok || space.value === undefined || space.value.freeBytes >= expected) return undefined;
  return fullTarget(task, { name, freeBytes: space.value.freeBytes, expected });
}

interface Shortage {
  readonly name: string;
  readonly freeBytes: number;
  readonly expected: number;
}

function fullTarget(task: BackupTask, { name, freeBytes, expected }: Shortage): Failure {
  const free = formatBytes(freeBytes);
  return failure(
    'TARGET_FULL',
    `target ${name} has ${free} free, the last ${task.mode} of ${task.resource} took ${formatBytes(expected)}`,
    { facts: { target: name, freeBytes, expectedBytes: expected } },
  );
}

function expectedBytes(run: RunContext, task: BackupTask): number {
  const last = run.catalog.snapshots.findLast(
    (one) => one.resource === task.resource && one.mode === task.mode && one.good,
  );
  if (last === undefined) return 0;
  return last.record.index.bytes + last.record.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
}
