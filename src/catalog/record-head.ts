import { briefOf, type RecordBrief } from '../domain/record-brief.ts';
import type { ChainRecord, SnapshotRecord } from '../domain/record.ts';
import { folders } from './keys.ts';
import { digestOfContent } from './record-content.ts';

/** The part of a record that stays in memory; the rest is read when it is asked for. */
export interface RecordHead extends Omit<RecordBrief, 'objects'> {
  readonly snapshotId: string;
  readonly targetId: string;
  readonly plan: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly label?: string;
  readonly groupId?: string;
  readonly parents: readonly string[];
  readonly anchors: Readonly<Record<string, string>>;
  readonly chain: ChainRecord;
  readonly result: SnapshotRecord['result'];
  readonly slotMs?: number;
  readonly nextExpectedByMs?: number;
  readonly durationMs: number;
  /** Names of its artifacts' files and, last, of its index', in its data folder. */
  readonly files: readonly string[];
  readonly fileBytes: readonly number[];
  /** What must agree between the copies of a snapshot. */
  readonly contentDigest: string;
}

/** As JSON, without names: there may be hundreds of thousands. */
type Row = readonly [
  snapshotId: string,
  plan: string,
  resource: string,
  resourceType: string,
  label: string | null,
  groupId: string | null,
  parents: readonly string[],
  anchors: Readonly<Record<string, string>> | null,
  chain: readonly [string, string, number, string | null, string | null, string | null],
  result: string,
  files: string,
  fileBytes: readonly number[],
  numbers: readonly [
    consistentAtMs: number,
    committedMs: number,
    bytes: number,
    rawBytes: number,
    entries: number,
    durationMs: number,
  ],
  times: readonly [slotMs: number | null, nextExpectedByMs: number | null],
  contentDigest: string,
  targetId: string,
];

/** No segment of a key has it. */
const BETWEEN = '/';

export function writeHead(record: SnapshotRecord): Row {
  const { snapshotId, plan, resource, resourceType, label, groupId, parents, anchors, chain, result } =
    record;
  const brief = briefOf(record);
  const folder = folders.dataOf(record);
  const stored = brief.objects();
  return [
    snapshotId,
    plan,
    resource,
    resourceType,
    label ?? null,
    groupId ?? null,
    parents,
    Object.keys(anchors).length === 0 ? null : anchors,
    [
      chain.mode,
      chain.root,
      chain.level,
      chain.parent?.snapshotId ?? null,
      chain.parent?.recordSha256 ?? null,
      chain.fallback ?? null,
    ],
    result,
    stored.map(({ key }) => key.slice(folder.length)).join(BETWEEN),
    stored.map((object) => object.bytes),
    [brief.consistentAtMs, brief.committedMs, brief.bytes, brief.rawBytes, brief.entries, record.durationMs],
    [momentOf(record.slot), momentOf(record.nextExpectedBy)],
    digestOfContent(record),
    record.targetId,
  ];
}

function momentOf(at: string | undefined): number | null {
  return at === undefined ? null : Date.parse(at);
}

const NO_ANCHORS: RecordHead['anchors'] = {};

/** Reads many heads: what they say in the same words is kept once. */
export function createHeadReader(): (row: unknown) => RecordHead {
  const words = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const once = (text: string): string => {
    const known = words.get(text);
    if (known === undefined) words.set(text, text);
    return known ?? text;
  };
  const listOnce = (text: string): readonly string[] => {
    const known = lists.get(text) ?? text.split(BETWEEN);
    lists.set(text, known);
    return known;
  };
  return (row) => {
    const [
      id,
      plan,
      resource,
      resourceType,
      label,
      groupId,
      parents,
      anchors,
      chain,
      result,
      files,
      fileBytes,
      [consistentAtMs, committedMs, bytes, rawBytes, entries, durationMs],
      [slotMs, nextExpectedByMs],
      contentDigest,
      targetId,
    ] = row as Row;
    return {
      snapshotId: once(id),
      targetId: once(targetId),
      plan: once(plan),
      resource: once(resource),
      resourceType: once(resourceType),
      ...(label === null ? {} : { label: once(label) }),
      ...(groupId === null ? {} : { groupId: once(groupId) }),
      parents: parents.map(once),
      anchors: anchors ?? NO_ANCHORS,
      chain: chainOf(chain, once),
      result: once(result) as RecordHead['result'],
      files: listOnce(files),
      fileBytes,
      consistentAtMs,
      committedMs,
      bytes,
      rawBytes,
      entries,
      durationMs,
      ...(slotMs === null ? {} : { slotMs }),
      ...(nextExpectedByMs === null ? {} : { nextExpectedByMs }),
      contentDigest,
    };
  };
}

function chainOf(
  [mode, root, level, parentId, parentSha256, fallback]: Row[8],
  once: (text: string) => string,
): ChainRecord {
  const parent =
    parentId === null || parentSha256 === null
      ? {}
      : { parent: { snapshotId: once(parentId), recordSha256: once(parentSha256) } };
  return {
    mode: once(mode) as ChainRecord['mode'],
    root: once(root),
    ...parent,
    level,
    ...(fallback === null ? {} : { fallback }),
  };
}
