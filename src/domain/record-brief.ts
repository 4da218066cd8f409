import type { SnapshotRecord } from './record.ts';

/** What a whole catalog is judged by, at hand without the rest of a record. */
export interface RecordBrief {
  readonly consistentAtMs: number;
  readonly committedMs: number;
  /** Ciphertext of all artifacts. */
  readonly bytes: number;
  /** The same before compression and encryption. */
  readonly rawBytes: number;
  /** Of the index. */
  readonly entries: number;
  /** Its artifacts and its index. */
  objects(): readonly NamedObject[];
}

export interface NamedObject {
  readonly key: string;
  readonly bytes: number;
}

/** A record that knows its brief; what is parsed does not. */
interface BriefedRecord extends SnapshotRecord {
  readonly brief: RecordBrief;
}

export function briefOf(record: SnapshotRecord): RecordBrief {
  if ('brief' in record) return (record as BriefedRecord).brief;
  const { consistentAt, committed, artifacts, index } = record;
  return {
    consistentAtMs: Date.parse(consistentAt),
    committedMs: Date.parse(committed),
    bytes: artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    rawBytes: artifacts.reduce((sum, { raw }) => sum + raw.bytes, 0),
    entries: index.entries,
    objects: () => [...artifacts, index],
  };
}
