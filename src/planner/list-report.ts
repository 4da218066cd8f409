import type {
  ListedArtifact,
  ListedCopy,
  ListedRetention,
  ListedSnapshot,
  ListReport,
  Provenance,
  ShowReport,
} from '../domain/list-report.ts';
import type { Plan } from '../domain/plan.ts';
import { briefOf } from '../domain/record-brief.ts';
import type { ArtifactRecord, SnapshotRecord } from '../domain/record.ts';
import type { Catalog, Copy, Snapshot } from '../domain/snapshot.ts';
import { condemnedUntilMs } from './prune/grace.ts';
import { previewPrune, type PrunePreview } from './prune/preview.ts';
import { bytesOf, rawBytesOf } from './snapshot-size.ts';

export interface ReportSource {
  readonly catalog: Catalog;
  readonly nowMs: number;
  /** Absent where a target is read without its plan: retention is not judged then. */
  readonly plan?: Plan;
}

export interface ListFilter {
  /** All where empty. */
  readonly resources: readonly string[];
  readonly label?: string;
  /** Also those that are not good. */
  readonly all: boolean;
}

/** The catalog as `list` shows it, each snapshot with what retention says of it. */
export function listReport(source: ReportSource, filter: ListFilter): ListReport {
  const preview = previewOf(source);
  const listed = listWith(source, preview);
  const wanted = source.catalog.snapshots.filter((snapshot) => matches(snapshot, filter));
  const shown = filter.all ? wanted : wanted.filter(({ good }) => good);
  return {
    atMs: source.nowMs,
    snapshots: shown
      .map(listed)
      .sort((a, b) => (a.resource < b.resource ? -1 : Number(a.resource > b.resource))),
    hidden: wanted.length - shown.length,
    held: preview?.held ?? [],
    problems: source.catalog.problems,
  };
}

/** One snapshot with its provenance, its chain and its artifacts. */
export function showReport(source: ReportSource, snapshot: Snapshot): ShowReport {
  const listed = listWith(source, previewOf(source));
  const { record } = snapshot;
  return {
    atMs: source.nowMs,
    snapshot: listed(snapshot),
    provenance: provenanceOf(record),
    chain: chainOf(source.catalog, snapshot).map(listed),
    artifacts: record.artifacts.map(artifactOf),
    warnings: record.warnings,
  };
}

function matches({ resource, record }: Snapshot, { resources, label }: ListFilter): boolean {
  return (
    (resources.length === 0 || resources.includes(resource)) &&
    (label === undefined || record.label === label)
  );
}

function previewOf({ plan, catalog, nowMs }: ReportSource): PrunePreview | undefined {
  return plan && previewPrune({ plan, catalog, nowMs });
}

function listWith(
  { nowMs }: ReportSource,
  preview: PrunePreview | undefined,
): (snapshot: Snapshot) => ListedSnapshot {
  return (snapshot) => {
    const { pinned } = snapshot;
    const isPinned = pinned !== undefined && (pinned.untilMs ?? Infinity) > nowMs;
    const retention = preview && retentionOf(snapshot, preview);
    return {
      ...factsOf(snapshot),
      ...(isPinned ? { pinned } : {}),
      ...(retention === undefined ? {} : { retention }),
    };
  };
}

/** A snapshot that is condemned wherever it is judged is no longer judged, and was released before. */
function retentionOf({ id, copies }: Snapshot, { keptOn }: PrunePreview): ListedRetention | undefined {
  const judged = copies.flatMap(({ target }) => {
    const reasons = keptOn.get(target)?.get(id);
    return reasons === undefined ? [] : [{ target, reasons }];
  });
  if (judged.length === 0) return undefined;
  const keptBy = [...new Set(judged.flatMap(({ reasons }) => reasons))];
  const releasedOn = judged.filter(({ reasons }) => reasons.length === 0).map(({ target }) => target);
  const released = keptBy.length === 0;
  return { keptBy, released, ...(released || releasedOn.length === 0 ? {} : { releasedOn }) };
}

function copyOf({ target, state, marks }: Copy): ListedCopy {
  const untilMs = condemnedUntilMs(marks ?? []);
  return { name: target, state, ...(untilMs === undefined ? {} : { condemnedUntilMs: untilMs }) };
}

function factsOf(snapshot: Snapshot): ListedSnapshot {
  const { id, plan, resource, mode, good, defect, consistentAtMs, committedMs, record, copies, verified } =
    snapshot;
  const { label, groupId, chain } = record;
  return {
    id,
    plan,
    resource,
    type: record.resourceType,
    mode,
    status: record.result,
    good,
    ...(defect === undefined ? {} : { defect }),
    ...(label === undefined ? {} : { label }),
    ...(groupId === undefined ? {} : { groupId }),
    consistentAtMs,
    committedMs,
    bytes: bytesOf(snapshot),
    rawBytes: rawBytesOf(snapshot),
    entries: briefOf(record).entries,
    ...(chain.parent === undefined ? {} : { parent: chain.parent.snapshotId }),
    ...(verified === undefined ? {} : { verified }),
    targets: copies.map(copyOf),
  };
}

function provenanceOf(record: SnapshotRecord): Provenance {
  const {
    writer,
    runId,
    planDigest,
    gitCommit,
    toolVersion,
    started,
    durationMs,
    slot,
    nextExpectedBy,
    chain,
  } = record;
  return {
    writer,
    runId,
    planDigest,
    ...(gitCommit === undefined ? {} : { gitCommit }),
    toolVersion,
    startedAt: started,
    durationMs,
    ...(slot === undefined ? {} : { slot }),
    ...(nextExpectedBy === undefined ? {} : { nextExpectedBy }),
    ...(chain.fallback === undefined ? {} : { fallback: chain.fallback }),
  };
}

function artifactOf({
  name,
  key,
  mediaType,
  bytes,
  sha256,
  raw,
  compression,
  encryption,
  source,
}: ArtifactRecord): ListedArtifact {
  const { tool, completion } = source;
  return {
    name,
    key,
    mediaType,
    bytes,
    rawBytes: raw.bytes,
    sha256,
    compression,
    recipients: encryption.recipients,
    tool,
    completion,
  };
}

/** Full first. Levels count down, so a chain that bites its own tail ends too. */
function chainOf({ snapshots }: Catalog, snapshot: Snapshot): Snapshot[] {
  const byId = new Map(snapshots.map((one) => [one.id, one]));
  const chain = [snapshot];
  for (let level = snapshot.record.chain.level; level > 0; level -= 1) {
    const parent = byId.get(chain[0]?.record.chain.parent?.snapshotId ?? '');
    if (parent === undefined) break;
    chain.unshift(parent);
  }
  return chain;
}
