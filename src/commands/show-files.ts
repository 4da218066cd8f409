import type { Opener } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { ChangedFile, ListedFile } from '../domain/file-report.ts';
import { byteLinkOf, bytePathOf, displayBytes, parseIndexLine } from '../domain/index-entry.ts';
import type { IndexEntry } from '../domain/record.ts';
import { IndexUnreadable } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { mergeIndexes, type Difference } from '../catalog/index-lines.ts';
import { CopyChoice, openLinks } from './restore/copies.ts';
import type { Workspace } from './workspace.ts';

export interface IndexAccess {
  readonly workspace: Workspace;
  readonly opener: Opener;
  readonly signal: AbortSignal;
}

/** Tells every path of a snapshot, in order, as the index is read. No payload is touched. */
export async function showFiles(
  access: IndexAccess,
  snapshot: Snapshot,
  onFile: (file: ListedFile) => void,
): Promise<Result<void>> {
  const lines = await openIndex(access, snapshot);
  if (!lines.ok) return lines;
  return guarded(async () => {
    for await (const line of lines.value) {
      const entry = parseIndexLine(line);
      if (entry !== undefined) onFile(listed(entry));
    }
  });
}

/** Tells what differs between two snapshots, `before` first. */
export async function compareFiles(
  access: IndexAccess,
  pair: { readonly before: Snapshot; readonly after: Snapshot },
  onChange: (file: ChangedFile) => void,
): Promise<Result<void>> {
  const before = await openIndex(access, pair.before);
  if (!before.ok) return before;
  const after = await openIndex(access, pair.after);
  if (!after.ok) return after;
  return guarded(async () => {
    for await (const difference of mergeIndexes(before.value, after.value)) {
      if (difference.kind !== 'same') onChange(changed(difference));
    }
  });
}

async function openIndex(access: IndexAccess, snapshot: Snapshot): Promise<Result<AsyncIterable<Buffer>>> {
  const copies = new CopyChoice(access.workspace).choose([snapshot]);
  if (!copies.ok) return copies;
  const [link] = openLinks(access, copies.value);
  return link.index();
}

async function guarded(read: () => Promise<void>): Promise<Result<void>> {
  try {
    await read();
    return ok();
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
}

function listed(entry: IndexEntry): ListedFile {
  const link = byteLinkOf(entry);
  return {
    path: displayBytes(bytePathOf(entry)),
    type: entry.type,
    ...(entry.mode === undefined ? {} : { mode: entry.mode }),
    ...(entry.size === undefined ? {} : { size: entry.size }),
    ...(entry.mtimeNs === undefined ? {} : { mtimeNs: entry.mtimeNs }),
    ...(link === undefined ? {} : { link: displayBytes(link) }),
  };
}

function changed(difference: Difference): ChangedFile {
  const before = 'a' in difference ? difference.a : undefined;
  const after = 'b' in difference ? difference.b : undefined;
  const entry = after ?? before;
  return {
    path: entry === undefined ? '' : displayBytes(bytePathOf(entry)),
    change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before?.size === undefined ? {} : { before: before.size }),
    ...(after?.size === undefined ? {} : { after: after.size }),
  };
}
