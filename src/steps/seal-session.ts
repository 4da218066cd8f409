import { createHash } from 'node:crypto';
import { dataKey, indexKey, type SnapshotPlace } from '../catalog/keys.ts';
import type { Sealed, Sealer } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { ArtifactRecord, IndexRecord } from '../domain/record.ts';
import type {
  ArtifactEvidence,
  ArtifactSource,
  CaptureSession,
  CaptureSummary,
} from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { StepContext } from '../executor/step-handler.ts';
import type { StagedObject } from './captured-snapshot.ts';
import { digested, type DigestedSource } from './raw-digest.ts';
import { indexStream, type IndexCount } from './index-stream.ts';
import type { RunContext } from './ports.ts';
import type { Staging } from './staging.ts';

export interface SealRequest {
  readonly resource: ResourceSpec;
  readonly task: BackupTask;
  readonly mode: Mode;
  readonly session: CaptureSession;
  readonly staging: Staging;
  readonly step: StepContext;
  /** Digests of the artifacts before compression and of the entries are wanted: they cost time. */
  readonly digesting: (source: ArtifactSource) => boolean;
}

export interface SealedSession {
  readonly objects: readonly StagedObject[];
  readonly artifacts: readonly ArtifactRecord[];
  readonly index: IndexRecord;
  readonly entriesSha256?: string;
  readonly consistentAtMs: number;
  readonly warnings: readonly string[];
}

interface SealedArtifact {
  readonly object: StagedObject;
  readonly record: ArtifactRecord;
}

/**
 * Seals the artifacts one after another and, at the same time, the index: one scan may feed both.
 * Whatever fails first stops the other, and every staged file is removed.
 */
export async function sealSession(run: RunContext, request: SealRequest): Promise<Result<SealedSession>> {
  const sealers = await openSealers(run, request.resource);
  if (!sealers.ok) return sealers;
  const abort = new AbortController();
  const signal = AbortSignal.any([request.step.signal, abort.signal]);
  const sealing: Sealing = { run, request, sealers: sealers.value, signal };
  const artifacts = stopOnFailure(abort, sealArtifacts(sealing));
  const index = stopOnFailure(abort, sealIndex(sealing, artifacts));
  const [artifactResult, indexResult] = await settleBoth(artifacts, index);
  const result = combine(artifactResult, indexResult);
  if (!result.ok) await request.staging.discard();
  return result;
}

interface Sealers {
  readonly artifact: Sealer;
  /** Also encrypts to the writers, who read the index of a parent. */
  readonly index: Sealer;
  readonly recipients: readonly string[];
}

interface Sealing {
  readonly run: RunContext;
  readonly request: SealRequest;
  readonly sealers: Sealers;
  readonly signal: AbortSignal;
}

interface Captured {
  readonly sealed: readonly SealedArtifact[];
  readonly summary: CaptureSummary;
}

async function openSealers(run: RunContext, resource: ResourceSpec): Promise<Result<Sealers>> {
  const profile = run.plan.encryption[resource.encryption];
  if (!profile)
    return failed(failure('RECIPIENT_UNUSABLE', `no encryption profile "${resource.encryption}"`));
  const artifact = await run.cryptography.sealer(profile);
  if (!artifact.ok) return artifact;
  const index = await run.cryptography.sealer(profile, { writerKeys: run.writerKeys });
  if (!index.ok) return index;
  const recipients: string[] = [];
  for (const file of profile.recipients) {
    const facts = await run.cryptography.inspect(file);
    if (!facts.ok) return facts;
    recipients.push(facts.value.fingerprint);
  }
  return ok({ artifact: artifact.value, index: index.value, recipients });
}

async function sealArtifacts(sealing: Sealing): Promise<Result<Captured>> {
  const sealed: SealedArtifact[] = [];
  for (const source of sealing.request.session.artifacts) {
    const one = await sealArtifact(sealing, source);
    if (!one.ok) return one;
    sealed.push(one.value);
  }
  const summary = await sealing.request.session.finish();
  return summary.ok ? ok({ sealed, summary: summary.value }) : summary;
}

async function sealArtifact(sealing: Sealing, source: ArtifactSource): Promise<Result<SealedArtifact>> {
  const { resource, step, digesting, staging } = sealing.request;
  const { name, extension } = source;
  const key = dataKey(placeOf(sealing), { name, extension, compression: resource.compression.type });
  const slot = await staging.open({ name, key, isPayload: true });
  if (!slot.ok) return slot;
  const raw: DigestedSource = digesting(source) ? digested(source.source) : { source: source.source };
  const sealed = await sealing.sealers.artifact.seal({
    source: withNice(raw.source, resource.limits.nice),
    output: slot.value.output,
    compression: resource.compression,
    ...(resource.limits.nice === undefined ? {} : { nice: resource.limits.nice }),
    signal: sealing.signal,
    idleTimeoutMs: resource.limits.idleTimeoutMs,
    timeoutMs: resource.limits.timeoutMs,
    ...(resource.limits.maxSizeBytes === undefined ? {} : { maxSourceBytes: resource.limits.maxSizeBytes }),
    onProgress: (bytes) => {
      step.progress(bytes);
    },
  });
  if (!sealed.ok) return sealed;
  const evidence = await source.settle(outcomeOf(sealed.value));
  if (!evidence.ok) return evidence;
  const rawSha256 = evidence.value.rawSha256 ?? (await raw.sha256?.());
  const { bytes, sha256 } = sealed.value;
  return ok({
    object: { key, bytes, sha256, held: slot.value.held },
    record: artifactRecord(sealing, {
      source,
      key,
      sealed: sealed.value,
      evidence: { ...evidence.value, ...(rawSha256 === undefined ? {} : { rawSha256 }) },
    }),
  });
}

/** The plan says how much the tool that reads the source gives way to others. */
function withNice(source: ArtifactSource['source'], nice: number | undefined): ArtifactSource['source'] {
  if (source.kind !== 'command' || nice === undefined) return source;
  return { ...source, command: { ...source.command, nice } };
}

function outcomeOf({ source }: Sealed): Parameters<ArtifactSource['settle']>[0] {
  return {
    ...(source.source === undefined ? {} : { command: source.source }),
    ...(source.sourceBytes === undefined ? {} : { rawBytes: source.sourceBytes }),
    ...(source.tail === undefined ? {} : { tail: source.tail }),
  };
}

function artifactRecord(
  sealing: Sealing,
  one: {
    readonly source: ArtifactSource;
    readonly key: string;
    readonly sealed: Sealed;
    readonly evidence: ArtifactEvidence;
  },
): ArtifactRecord {
  const { source, key, sealed, evidence } = one;
  const { rawBytes, rawSha256, ...facts } = evidence;
  return {
    key,
    name: source.name,
    mediaType: source.mediaType,
    bytes: sealed.bytes,
    sha256: sealed.sha256,
    prefixes: sealed.prefixes,
    raw: { bytes: rawBytes, ...(rawSha256 === undefined ? {} : { sha256: rawSha256 }) },
    compression: sealing.request.resource.compression.type,
    encryption: { profile: sealing.request.resource.encryption, recipients: sealing.sealers.recipients },
    source: facts,
  };
}

interface SealedIndex {
  readonly object: StagedObject;
  readonly record: IndexRecord;
  readonly entriesSha256?: string;
}

async function sealIndex(
  sealing: Sealing,
  artifacts: Promise<Result<Captured>>,
): Promise<Result<SealedIndex>> {
  const { resource, mode, session, staging } = sealing.request;
  const key = indexKey(placeOf(sealing), resource.compression.type);
  const slot = await staging.open({ name: 'index', key, isPayload: false });
  if (!slot.ok) return slot;
  const count: IndexCount = { entries: 0, rawBytes: 0 };
  const log = artifacts.then((result) => (result.ok ? result.value.summary.log : undefined));
  const { artifacts: sources } = session;
  const digest = sources.some(sealing.request.digesting) ? createHash('sha256') : undefined;
  const lines = indexStream({
    resource: resource.name,
    mode,
    session,
    log,
    count,
    ...(digest === undefined ? {} : { digest }),
  });
  const sealed = await sealing.sealers.index.seal({
    source: { kind: 'bytes', bytes: lines },
    output: slot.value.output,
    compression: resource.compression,
    signal: sealing.signal,
  });
  if (!sealed.ok) return sealed;
  const { bytes, sha256, prefixes } = sealed.value;
  const record: IndexRecord = {
    key,
    bytes,
    sha256,
    prefixes,
    ...count,
    compression: resource.compression.type,
  };
  const entries = digest === undefined ? {} : { entriesSha256: digest.digest('hex') };
  return ok({ object: { key, bytes, sha256, held: slot.value.held }, record, ...entries });
}

/** Settles both before anything is decided; an exception (an unreadable parent, a bug) is rethrown last. */
async function settleBoth<A, B>(
  a: Promise<Result<A>>,
  b: Promise<Result<B>>,
): Promise<[Result<A>, Result<B>]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (second.status === 'rejected') throw second.reason;
  if (first.status === 'rejected') throw first.reason;
  return [first.value, second.value];
}

async function stopOnFailure<T>(abort: AbortController, work: Promise<Result<T>>): Promise<Result<T>> {
  try {
    const result = await work;
    if (!result.ok) abort.abort();
    return result;
  } catch (error) {
    abort.abort();
    throw error;
  }
}

function combine(artifacts: Result<Captured>, index: Result<SealedIndex>): Result<SealedSession> {
  if (!artifacts.ok && (index.ok || artifacts.failure.code !== 'INTERRUPTED')) return artifacts;
  if (!index.ok) return index;
  if (!artifacts.ok) return artifacts;
  const { sealed, summary } = artifacts.value;
  const { entriesSha256 } = index.value;
  const records = sealed.map((one) => one.record);
  return ok({
    objects: [...sealed.map((one) => one.object), index.value.object],
    artifacts: records,
    index: index.value.record,
    ...(entriesSha256 === undefined ? {} : { entriesSha256 }),
    consistentAtMs: summary.consistentAtMs,
    warnings: [...summary.warnings, ...records.flatMap((record) => record.source.warnings)],
  });
}

function placeOf({ run, request }: Sealing): SnapshotPlace {
  const { resource, snapshotId } = request.task;
  return { plan: run.plan.name, resource, snapshotId };
}
