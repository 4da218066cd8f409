import { failure } from '../../domain/failure.ts';
import type { IndexEntry, IndexHeader } from '../../domain/record.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readDocuments, type CapturedDocument } from './selection.ts';

export interface SnapshotIndex {
  readonly documents: readonly CapturedDocument[];
  /** By path. */
  readonly files: ReadonlyMap<string, IndexEntry>;
}

/** From the snapshot itself: a restore may have no plan, or one that names other documents by now. */
export async function readSnapshotIndex(link: ChainLink): Promise<Result<SnapshotIndex>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  let documents: readonly CapturedDocument[] | undefined;
  const files = new Map<string, IndexEntry>();
  for await (const line of lines.value) {
    const parsed = JSON.parse(line.toString()) as Partial<IndexHeader> & Partial<IndexEntry>;
    documents ??= readDocuments(parsed.facts ?? {});
    if (parsed.type === 'file' && parsed.path !== undefined) files.set(parsed.path, parsed as IndexEntry);
  }
  if (documents?.every(({ path }) => files.has(path)) === true) return ok({ documents, files });
  return failed(failure('CORRUPT', 'the index does not say which documents were captured'));
}
