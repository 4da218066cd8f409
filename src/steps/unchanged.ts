import { rm } from 'node:fs/promises';
import { writeEvent } from '../catalog/events.ts';
import type { Repository } from '../catalog/repository.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { StepSummary } from '../executor/step-handler.ts';
import { nextExpectedOn } from './commit.ts';
import { unchangedText, type CapturedSnapshot, type CapturedSnapshots } from './captured-snapshot.ts';
import type { RunContext } from './ports.ts';

interface Equal {
  readonly task: BackupTask;
  readonly earlier: Snapshot;
}

/**
 * Leaves a signed event wherever the snapshot lies, and with the log of applied plans: it is what
 * says that the resource is fresh. One place of several may fail.
 */
export async function reportUnchanged(
  run: RunContext,
  captured: CapturedSnapshots,
  { task, earlier }: Equal,
): Promise<Result<StepSummary>> {
  const warnings: string[] = [];
  const places = [...new Set([run.plan.state, ...holdersOf(earlier)])];
  const repositories = places.flatMap((name) => run.repositories.get(name) ?? []);
  let first: Result<void> | undefined;
  for (const repository of repositories) {
    const written = await writeUnchanged(run, repository, { task, earlier });
    if (first === undefined || written.ok) first = written;
    if (!written.ok) {
      warnings.push(`${repository.target.name} did not take the event: ${written.failure.message}`);
    }
  }
  if (first?.ok === false) return failed(first.failure);
  const unchanged = { unchangedSince: earlier.id };
  captured.set(task.snapshotId, unchanged);
  return ok({ summary: unchangedText(unchanged), warnings, ...unchanged });
}

function writeUnchanged(
  { plan, runId, writer, signer, verifier, clock, facts }: RunContext,
  repository: Repository,
  { task, earlier }: Equal,
): Promise<Result<void>> {
  const expectedMs = nextExpectedOn(task, repository.target.name);
  return writeEvent({
    repository,
    signer,
    verifier,
    clock,
    plan: plan.name,
    runId,
    writer,
    toolVersion: facts.toolVersion,
    event: 'unchanged',
    facts: {
      snapshotId: earlier.id,
      resource: task.resource,
      mode: task.mode,
      ...(task.slotMs === undefined ? {} : { slot: iso(task.slotMs) }),
      ...(expectedMs === undefined ? {} : { nextExpectedBy: iso(expectedMs) }),
    },
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Targets with a copy that can be used. */
export function holdersOf({ copies }: Snapshot): readonly string[] {
  return copies
    .filter(({ state }) => state === 'present' || state === 'archived')
    .map(({ target }) => target);
}

export async function discardStaged({ objects }: CapturedSnapshot): Promise<void> {
  await Promise.all(
    objects.map(({ held }) => ('path' in held ? rm(held.path, { force: true }) : held.upload.abort())),
  );
}
