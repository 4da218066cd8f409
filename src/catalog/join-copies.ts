import type { SnapshotRecord } from '../domain/record.ts';
import type { CatalogProblem, Copy } from '../domain/snapshot.ts';
import type { FoundRecord } from './read-records.ts';
import { haveSameContent } from './stored-record.ts';

/** A snapshot id with its copies, before anything is known about their data. */
export interface Draft {
  readonly id: string;
  readonly record: SnapshotRecord;
  readonly copies: readonly Copy[];
}

/** Brings the records of one id together. A copy that names other content is refused, not chosen from. */
export function joinCopies(found: readonly FoundRecord[]): {
  snapshots: Draft[];
  problems: CatalogProblem[];
} {
  const byId = new Map<string, FoundRecord[]>();
  const problems: CatalogProblem[] = [];
  for (const item of found) {
    const same = byId.get(item.record.snapshotId) ?? [];
    byId.set(item.record.snapshotId, same);
    const first = same[0]?.record;
    if (first === undefined || haveSameContent(first, item.record)) same.push(item);
    else problems.push(contradiction(item));
  }
  return { snapshots: [...byId.values()].flatMap(draftOf), problems };
}

function draftOf(found: readonly FoundRecord[]): Draft[] {
  const [first] = found;
  if (first === undefined) return [];
  const copies = found.map(({ repository, record, recordSha256 }): Copy => ({
    target: repository.target.name,
    state: 'unknown',
    record,
    recordSha256,
  }));
  return [{ id: first.record.snapshotId, record: first.record, copies }];
}

function contradiction({ repository, record }: FoundRecord): CatalogProblem {
  return {
    target: repository.target.name,
    key: record.key,
    code: 'RECORD_REJECTED',
    message: 'names other content than the copy on another target',
  };
}
