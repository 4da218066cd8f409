import { writeEvent } from '../catalog/events.ts';
import { newRunId } from '../catalog/ids.ts';
import { exitCodeOf } from '../domain/failure.ts';
import type { CopyCheck, VerifyReport } from '../domain/verify-report.ts';
import type { Ports } from './ports.ts';
import { writerKey } from './read-keys.ts';
import type { Workspace } from './workspace.ts';

/**
 * Leaves one signed event per checked copy on the copy's own target, where this machine has a
 * writer key. Returns what to tell where they could not be written.
 */
export async function leaveVerifyEvents(
  ports: Ports,
  workspace: Workspace,
  report: VerifyReport,
): Promise<string | undefined> {
  if (report.level === 'record') return undefined;
  const writer = await writerKey(ports, workspace.plan);
  if (!writer.ok) return 'no signing key at hand: the result is not kept in the catalog';
  const runId = newRunId(ports.clock.nowMs());
  for (const check of report.checks.filter(isVerdict)) {
    const repository = workspace.repositories.get(check.target);
    if (repository === undefined) continue;
    const written = await writeEvent({
      repository,
      signer: writer.value.signer,
      verifier: workspace.verifier,
      clock: ports.clock,
      plan: workspace.plan.name,
      runId,
      writer: writer.value.name,
      toolVersion: ports.toolVersion,
      event: 'verify',
      facts: {
        snapshotId: check.snapshotId,
        level: check.level,
        result: check.failure === undefined ? 'passed' : 'failed',
        target: check.target,
        ...(check.failure === undefined ? {} : { code: check.failure.code }),
      },
    });
    if (!written.ok) return `the result could not be written to ${check.target}: ${written.failure.message}`;
  }
  return undefined;
}

/** A missing key or an unreachable target says nothing about the bundle: no verdict is kept. */
function isVerdict({ failure }: CopyCheck): boolean {
  return failure === undefined || exitCodeOf(failure.code) === exitCodeOf('CORRUPT');
}
