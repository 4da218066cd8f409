import { writeCheckpointIfDue } from '../../catalog/checkpoint/write-checkpoint.ts';
import { scopeOf } from '../../catalog/known-objects.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { CachedObject } from '../../domain/record-cache.ts';
import type { Ports } from '../ports.ts';
import { trustDigest } from '../trust-digest.ts';
import type { Workspace } from '../workspace.ts';
import type { WriterKey } from '../read-keys.ts';

/** Below this no target is asked for its newest checkpoint. */
const WORTH_A_LOOK = 256;

/**
 * Leaves a signed checkpoint on each target with many records, made from what this machine has
 * verified, for the next machine that has verified nothing. Returns what could not be written.
 */
export async function leaveCheckpoints(
  ports: Ports,
  workspace: Workspace,
  writer: WriterKey,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const trust = await trustDigest(workspace.plan);
  for (const repository of workspace.repositories.values()) {
    const records = await verifiedRecords(ports, workspace, { repository, trust });
    if (records.length < WORTH_A_LOOK) continue;
    const written = await writeCheckpointIfDue({
      repository,
      verifier: workspace.verifier,
      signer: writer.signer,
      clock: ports.clock,
      plan: workspace.plan.name,
      trust,
      writer: writer.name,
      toolVersion: ports.toolVersion,
      records,
    });
    if (!written.ok)
      notes.push(`no checkpoint was written to ${repository.target.name}: ${written.failure.message}`);
  }
  return notes;
}

async function verifiedRecords(
  { recordCache }: Ports,
  { plan, catalog }: Workspace,
  { repository, trust }: { readonly repository: Repository; readonly trust: string },
): Promise<readonly CachedObject[]> {
  const copies = catalog.snapshots.flatMap((snapshot) => snapshot.copies);
  const own = copies.filter(({ target }) => target === repository.target.name);
  if (own.length < WORTH_A_LOOK) return [];
  const digests = new Map(own.map(({ record, recordSha256 }) => [record.key, recordSha256]));
  const scope = scopeOf(repository, { plan: plan.name, trust });
  const cached = await recordCache.load(scope);
  return cached.filter(({ key, sha256 }) => digests.get(key) === sha256);
}
