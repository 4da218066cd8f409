import type { NamedObject, RecordBrief } from '../domain/record-brief.ts';
import type { CachedObject } from '../domain/record-cache.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { folders } from './keys.ts';
import { digestOfContent } from './record-content.ts';
import type { RecordHead } from './record-head.ts';

/** A record that was verified before: its head is in memory, the rest is read when it is asked for. */
export function storedRecord(stored: CachedObject, head: RecordHead): SnapshotRecord {
  return new StoredRecord(stored, head) as SnapshotRecord;
}

/** The same as a plain value, which can be spread. */
export function plainRecord(record: SnapshotRecord): SnapshotRecord {
  return record instanceof StoredRecord ? record.whole : record;
}

/** Whether two copies of a snapshot agree in what they must agree in. */
export function haveSameContent(left: SnapshotRecord, right: SnapshotRecord): boolean {
  return contentDigestOf(left) === contentDigestOf(right);
}

function contentDigestOf(record: SnapshotRecord): string {
  return record instanceof StoredRecord ? record.contentDigest : digestOfContent(record);
}

/** Every field is there, some of them undefined. */
type Fields = { readonly [Field in keyof Required<SnapshotRecord>]: SnapshotRecord[Field] };

class StoredRecord implements Fields, RecordBrief {
  readonly #stored: CachedObject;
  readonly #head: RecordHead;
  #whole: SnapshotRecord | undefined;

  constructor(stored: CachedObject, head: RecordHead) {
    this.#stored = stored;
    this.#head = head;
  }

  /** Kept once it was read: who reads one record further reads all of it, and parts of it are compared by identity. */
  get whole(): SnapshotRecord {
    this.#whole ??= this.#stored.value as SnapshotRecord;
    return this.#whole;
  }

  toJSON(): SnapshotRecord {
    return this.whole;
  }

  get brief(): RecordBrief {
    return this;
  }

  get contentDigest(): string {
    return this.#head.contentDigest;
  }

  get consistentAtMs(): number {
    return this.#head.consistentAtMs;
  }

  get committedMs(): number {
    return this.#head.committedMs;
  }

  get bytes(): number {
    return this.#head.bytes;
  }

  get rawBytes(): number {
    return this.#head.rawBytes;
  }

  get entries(): number {
    return this.#head.entries;
  }

  objects(): readonly NamedObject[] {
    const folder = folders.dataOf(this);
    const { files, fileBytes } = this.#head;
    return files.map((file, place) => ({ key: folder + file, bytes: fileBytes[place] ?? 0 }));
  }

  get type(): 'snapshot' {
    return 'snapshot';
  }

  get version(): 1 {
    return 1;
  }

  get key(): string {
    return this.#stored.key;
  }

  get snapshotId(): SnapshotRecord['snapshotId'] {
    return this.#head.snapshotId;
  }

  get plan(): SnapshotRecord['plan'] {
    return this.#head.plan;
  }

  get resource(): SnapshotRecord['resource'] {
    return this.#head.resource;
  }

  get resourceType(): SnapshotRecord['resourceType'] {
    return this.#head.resourceType;
  }

  get parents(): SnapshotRecord['parents'] {
    return this.#head.parents;
  }

  get anchors(): SnapshotRecord['anchors'] {
    return this.#head.anchors;
  }

  get chain(): SnapshotRecord['chain'] {
    return this.#head.chain;
  }

  get result(): SnapshotRecord['result'] {
    return this.#head.result;
  }

  get consistentAt(): string {
    return isoText(this.#head.consistentAtMs);
  }

  get committed(): string {
    return isoText(this.#head.committedMs);
  }

  get repoId(): SnapshotRecord['repoId'] {
    return this.whole.repoId;
  }

  get targetId(): SnapshotRecord['targetId'] {
    return this.#head.targetId;
  }

  get writer(): SnapshotRecord['writer'] {
    return this.whole.writer;
  }

  get planDigest(): SnapshotRecord['planDigest'] {
    return this.whole.planDigest;
  }

  get runId(): SnapshotRecord['runId'] {
    return this.whole.runId;
  }

  get toolVersion(): SnapshotRecord['toolVersion'] {
    return this.whole.toolVersion;
  }

  get platform(): SnapshotRecord['platform'] {
    return this.whole.platform;
  }

  get started(): SnapshotRecord['started'] {
    return this.whole.started;
  }

  get durationMs(): SnapshotRecord['durationMs'] {
    return this.#head.durationMs;
  }

  get artifacts(): SnapshotRecord['artifacts'] {
    return this.whole.artifacts;
  }

  get index(): SnapshotRecord['index'] {
    return this.whole.index;
  }

  get warnings(): SnapshotRecord['warnings'] {
    return this.whole.warnings;
  }

  get label(): string | undefined {
    return this.#head.label;
  }

  get groupId(): string | undefined {
    return this.#head.groupId;
  }

  get gitCommit(): string | undefined {
    return this.whole.gitCommit;
  }

  get slot(): string | undefined {
    return this.#head.slotMs === undefined ? undefined : isoText(this.#head.slotMs);
  }

  get nextExpectedBy(): string | undefined {
    return this.#head.nextExpectedByMs === undefined ? undefined : isoText(this.#head.nextExpectedByMs);
  }
}

/** Exact: a record has its times in this form and no other. */
function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
