import { needsParent, type Mode } from '../domain/mode.ts';
import type { ParentSnapshot } from '../domain/resource-type.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { chainLink } from './chain-link.ts';
import type { RunContext } from './ports.ts';

/** What a capture builds on, or why it is a full after all. */
export interface Basis {
  readonly mode: Mode;
  readonly parent?: { readonly snapshot: Snapshot; readonly opened: ParentSnapshot };
  readonly fallback?: string;
}

/**
 * Opens the parent's index on the first target that yields it. An index that cannot be read makes a
 * full with the reason in its record: never a failure, never silent.
 */
export async function openBasis(run: RunContext, task: BackupTask, signal: AbortSignal): Promise<Basis> {
  if (!needsParent(task.mode)) return withFallback(task.mode, task.fallback);
  const snapshot = run.catalog.snapshots.find((candidate) => candidate.id === task.parentId);
  if (snapshot === undefined) return withFallback('full', 'the parent snapshot is gone');
  const opened = await openIndexOf(run, snapshot, signal);
  if (opened.state === 'open') return { mode: task.mode, parent: { snapshot, opened } };
  return withFallback('full', `the index of ${snapshot.id} cannot be read (${opened.reasons})`);
}

export type OpenedIndex =
  ({ readonly state: 'open' } & ParentSnapshot) | { readonly state: 'unreadable'; readonly reasons: string };

/** From the first copy that yields it. Whoever opens it reads it to its end or stops it. */
export async function openIndexOf(
  run: RunContext,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<OpenedIndex> {
  const reasons: string[] = [];
  for (const copy of snapshot.copies) {
    const repository = run.repositories.get(copy.target);
    if (repository === undefined || copy.state !== 'present') continue;
    const link = chainLink({ record: copy.record, repository, opener: run.writerOpener, signal });
    const lines = await link.index();
    if (lines.ok) return { state: 'open', record: copy.record, lines: lines.value };
    reasons.push(`${copy.target}: ${lines.failure.message}`);
  }
  return { state: 'unreadable', reasons: reasons.join('; ') || 'no copy' };
}

function withFallback(mode: Mode, fallback: string | undefined): Basis {
  return fallback === undefined ? { mode } : { mode, fallback };
}
