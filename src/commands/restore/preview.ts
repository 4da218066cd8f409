import { failure } from '../../domain/failure.ts';
import { IndexUnreadable } from '../../domain/resource-type.ts';
import type { RestorePreview } from '../../domain/restore-report.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Opener } from '../../domain/cryptography.ts';
import { bytePathOf, displayBytes, parseIndexLine } from '../../domain/index-entry.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { CopyChoice, openLinks } from './copies.ts';
import type { RestorePlan, RestoreRequest } from './restore.ts';

const MAX_PATHS = 10_000;

export async function previewRestore(
  context: { readonly ports: Ports; readonly workspace: Workspace; readonly opener: Opener },
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<Result<RestorePreview>> {
  const copies = new CopyChoice(context.workspace).choose(plan.chain, request.from);
  if (!copies.ok) return copies;
  const links = openLinks({ ...context, signal: request.signal }, copies.value, () => undefined);
  const lines = await (links.at(-1) ?? links[0]).index();
  if (!lines.ok) return lines;
  const listing = await listPaths(lines.value, request.only);
  if (!listing.ok) return listing;
  const { record } = plan.snapshot;
  return ok({
    snapshotId: plan.snapshot.id,
    resource: plan.snapshot.resource,
    consistentAt: record.consistentAt,
    mode: record.chain.mode,
    chain: copies.value.map((copy) => ({
      snapshotId: copy.record.snapshotId,
      mode: copy.record.chain.mode,
      target: copy.target,
    })),
    recipients: record.artifacts[0]?.encryption.recipients ?? [],
    tools: [
      ...new Set(record.artifacts.map(({ source }) => `${source.tool} ${source.toolVersion ?? ''}`.trim())),
    ],
    destination: plan.destination.path,
    bytesNeeded: request.only.length === 0 ? plan.bytes : listing.value.bytes,
    bytesFree: plan.destination.freeBytes,
    ...listing.value,
  });
}

interface Listing {
  readonly entries: number;
  readonly bytes: number;
  readonly paths: RestorePreview['paths'];
  readonly morePaths: number;
}

async function listPaths(lines: AsyncIterable<Buffer>, only: readonly string[]): Promise<Result<Listing>> {
  const paths: { path: string; type: string; size?: number }[] = [];
  let entries = 0;
  let bytes = 0;
  try {
    for await (const line of lines) {
      const entry = parseIndexLine(line);
      if (entry === undefined || !isWanted(displayBytes(bytePathOf(entry)), only)) continue;
      entries += 1;
      bytes += entry.size ?? 0;
      if (paths.length < MAX_PATHS) {
        paths.push({
          path: displayBytes(bytePathOf(entry)),
          type: entry.type,
          ...(entry.size === undefined ? {} : { size: entry.size }),
        });
      }
    }
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
  if (entries === 0 && only.length > 0)
    return failed(failure('NOT_FOUND', `nothing of this snapshot matches ${only.join(', ')}`));
  return ok({ entries, bytes, paths, morePaths: entries - paths.length });
}

function isWanted(path: string, only: readonly string[]): boolean {
  if (only.length === 0) return true;
  return only.some(
    (prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`),
  );
}
