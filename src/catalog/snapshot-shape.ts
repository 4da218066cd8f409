import { MODES } from '../domain/mode.ts';
import type {
  ArtifactRecord,
  ArtifactSourceFacts,
  ChainRecord,
  IndexRecord,
  PrefixDigests,
  SnapshotRecord,
} from '../domain/record.ts';
import { isKey, isSegment } from './keys.ts';
import { isSnapshotId } from './ids.ts';
import {
  integer,
  listOf,
  literal,
  mapOf,
  matching,
  object,
  oneOf,
  optional,
  satisfying,
  sha256,
  text,
  timestamp,
} from './shape.ts';

const NAME_CHARACTERS = 256;
const WARNING_CHARACTERS = 8192;
const MAX_WARNINGS = 1001;
const MAX_ARTIFACTS = 1000;
/** 64 PiB in the smallest pieces that make sense still fits the record's own size limit. */
const MAX_PREFIXES = 65_536;

const name = text(NAME_CHARACTERS);
const segment = satisfying(isSegment, 'a name of the key grammar');
const key = satisfying(isKey, 'a key');
const snapshotId = satisfying(isSnapshotId, 'a snapshot id');
const compression = oneOf(['zstd', 'none']);
const size = integer(0);
const warnings = listOf(text(WARNING_CHARACTERS), MAX_WARNINGS);

const prefixes = object<PrefixDigests>({ every: integer(1), digests: listOf(sha256, MAX_PREFIXES) });

const source = object<ArtifactSourceFacts>({
  tool: name,
  toolVersion: optional(name),
  serverVersion: optional(name),
  exitCode: integer(0, 255),
  completion: text(WARNING_CHARACTERS),
  warnings,
  skipped: warnings,
});

const artifact = object<ArtifactRecord>({
  key,
  name: segment,
  mediaType: name,
  bytes: size,
  sha256,
  prefixes,
  raw: object<ArtifactRecord['raw']>({ bytes: size, sha256: optional(sha256) }),
  compression,
  encryption: object<ArtifactRecord['encryption']>({ profile: name, recipients: listOf(name, 100) }),
  source,
});

const index = object<IndexRecord>({
  key,
  bytes: size,
  sha256,
  prefixes,
  rawBytes: size,
  entries: size,
  compression,
});

const chain = object<ChainRecord>({
  mode: oneOf(MODES),
  root: snapshotId,
  parent: optional(object<NonNullable<ChainRecord['parent']>>({ snapshotId, recordSha256: sha256 })),
  level: integer(0, 10_000),
  fallback: optional(text(WARNING_CHARACTERS)),
});

export const snapshotShape = object<SnapshotRecord>({
  type: literal('snapshot'),
  version: literal(1),
  repoId: segment,
  targetId: segment,
  key,
  snapshotId,
  plan: segment,
  resource: segment,
  resourceType: segment,
  label: optional(name),
  groupId: optional(name),
  writer: name,
  parents: listOf(sha256, 1000),
  anchors: mapOf(sha256, 1000),
  planDigest: matching(/^[a-z0-9:]{1,80}$/, 'a digest'),
  gitCommit: optional(name),
  runId: segment,
  slot: optional(timestamp),
  nextExpectedBy: optional(timestamp),
  toolVersion: name,
  platform: object<SnapshotRecord['platform']>({ os: name, arch: name, appVersion: optional(name) }),
  started: timestamp,
  consistentAt: timestamp,
  committed: timestamp,
  durationMs: size,
  artifacts: listOf(artifact, MAX_ARTIFACTS),
  index,
  chain,
  result: oneOf(['complete', 'complete-with-warnings']),
  warnings,
});
