import type {
  ListedArtifact,
  ListedSnapshot,
  ListReport,
  Provenance,
  ShowReport,
} from '../domain/list-report.ts';
import type { Plan } from '../domain/plan.ts';
import type { ArtifactRecord, SnapshotRecord } from '../domain/record.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import { previewRetention, type RetentionPreview } from './retention-preview.ts';
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
  const listed = listWith(source);
  const wanted = source.catalog.snapshots.filter((snapshot) => matches(snapshot, filter));
  const shown = filter.all ? wanted : wanted.filter(({ good }) => good);
  return {
    atMs: source.nowMs,
    snapshots: shown
      .map(listed)
      .sort((a, b) => (a.resource < b.resource ? -1 : Number(a.resource > b.resource))),
    hidden: wanted.length - shown.length,
    problems: source.catalog.problems,
  };
}

/** One snapshot with its provenance, its chain and its artifacts. */
export function showReport(source: ReportSource, snapshot: Snapshot): ShowReport {
  const listed = listWith(source);
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

function listWith({ plan, catalog, nowMs }: ReportSource): (snapshot: Snapshot) => ListedSnapshot {
  const preview = plan === undefined ? undefined : previewRetention({ plan, catalog, nowMs });
  return (snapshot) => ({ ...factsOf(snapshot), ...retentionOf(snapshot.id, preview) });
}

function retentionOf(id: string, preview: RetentionPreview | undefined): Pick<ListedSnapshot, 'retention'> {
  const keptBy = preview?.keptBy.get(id);
  return keptBy === undefined ? {} : { retention: { keptBy, released: keptBy.length === 0 } };
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
    entries: record.index.entries,
    ...(chain.parent === undefined ? {} : { parent: chain.parent.snapshotId }),
    ...(verified === undefined ? {} : { verified }),
    targets: copies.map(({ target, state }) => ({ name: target, state })),
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
