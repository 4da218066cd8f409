import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Tools } from '../../src/domain/command.ts';
import { failure } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Mode } from '../../src/domain/mode.ts';
import type { PipelineOutcome, PipelineSink, Pipelines } from '../../src/domain/pipeline.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type {
  ArtifactEvidence,
  ArtifactSource,
  CaptureContext,
  CaptureSession,
  CaptureSummary,
  ChainLink,
  ResourceType,
  RestoreContext,
  RestoreOutcome,
} from '../../src/domain/resource-type.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createPipelines } from '../../src/platform/pipeline.ts';
import { createTools } from '../../src/platform/tools.ts';
import { noSecrets } from './no-secrets.ts';

const masker = createMasker();
export const pipelines: Pipelines = createPipelines({ masker, killGraceMs: 500 });
export const tools: Tools = createTools({ masker, killGraceMs: 500 });

/** What a capture gave, as plain files: everything but compression, encryption and signing. */
export interface PlainSnapshot {
  readonly mode: Mode;
  /** Artifact → file with its bytes. */
  readonly files: ReadonlyMap<string, string>;
  readonly evidence: ReadonlyMap<string, ArtifactEvidence>;
  readonly summary: CaptureSummary;
  /** Lines of the index. */
  readonly index: readonly Buffer[];
}

/** A private folder that goes when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-plan-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function captureContext(
  options: JsonObject,
  rest: Partial<CaptureContext> = {},
): Promise<CaptureContext> {
  const folder = await temporaryFolder();
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { mode: 0o700 });
  return {
    resource: 'thing',
    options,
    mode: 'full',
    planDirectory: folder,
    scratch,
    guards: { maxDrop: 0.5, allowEmpty: false },
    tools,
    secrets: noSecrets,
    clock: { nowMs: () => 1_000, monotonicMs: () => 0 },
    signal: new AbortController().signal,
    ...rest,
  };
}

export async function capture(type: ResourceType, context: CaptureContext): Promise<Result<PlainSnapshot>> {
  const session = await type.open(context);
  if (!session.ok) return session;
  try {
    return await drain(session.value, context);
  } finally {
    await session.value.close();
  }
}

async function drain(session: CaptureSession, context: CaptureContext): Promise<Result<PlainSnapshot>> {
  const folder = await temporaryFolder();
  const files = new Map<string, string>();
  const evidence = new Map<string, ArtifactEvidence>();
  const header = Buffer.from(JSON.stringify({ format: 'backup-plan/index@1', facts: session.facts }));
  // At the same time, as the engine does: what is in a dump may be known only once it has been read.
  const listing = listEntries(session);
  for (const artifact of session.artifacts) {
    const path = join(folder, artifact.name);
    const settled = await take(artifact, path, context.signal);
    if (!settled.ok) return settled;
    files.set(artifact.name, path);
    evidence.set(artifact.name, settled.value);
  }
  const summary = await session.finish();
  if (!summary.ok) return summary;
  const index = [header, ...(await listing)];
  index.push(Buffer.from(JSON.stringify({ end: true, entries: index.length - 1, log: [] })));
  return ok({ mode: context.mode, files, evidence, summary: summary.value, index });
}

async function listEntries(session: CaptureSession): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  for await (const entry of session.entries()) {
    lines.push(Buffer.isBuffer(entry) ? entry : Buffer.from(JSON.stringify(entry)));
  }
  return lines;
}

async function take(
  artifact: ArtifactSource,
  path: string,
  signal: AbortSignal,
): Promise<Result<ArtifactEvidence>> {
  const sink: PipelineSink = { kind: 'file', path };
  const ended = await pipelines.run({ source: artifact.source, stages: [], sink, signal });
  if (!ended.ok) return ended;
  const { source, sourceBytes, tail } = ended.value;
  return artifact.settle({
    ...(source === undefined ? {} : { command: source }),
    ...(sourceBytes === undefined ? {} : { rawBytes: sourceBytes }),
    ...(tail === undefined ? {} : { tail }),
  });
}

export interface PlainRestore {
  readonly staging: string;
  readonly result: Result<RestoreOutcome>;
}

export async function restore(
  type: ResourceType,
  snapshot: PlainSnapshot,
  rest: Partial<RestoreContext> = {},
): Promise<PlainRestore> {
  if (type.restore === undefined) throw new Error(`${type.type} has no restore`);
  const context = await restoreContext(snapshot, rest);
  return { staging: context.staging, result: await type.restore(context) };
}

/** Loads a snapshot into what is running, as the engine does once it has staged it. */
export async function loadSnapshot(
  type: ResourceType,
  snapshot: PlainSnapshot,
  rest: Partial<RestoreContext> = {},
): Promise<Result<RestoreOutcome>> {
  if (type.live?.kind !== 'load') throw new Error(`${type.type} loads nothing`);
  return type.live.load(await restoreContext(snapshot, rest));
}

async function restoreContext(
  snapshot: PlainSnapshot,
  rest: Partial<RestoreContext>,
): Promise<RestoreContext> {
  const folder = await temporaryFolder();
  const staging = join(folder, 'staging');
  const scratch = join(folder, 'scratch');
  await mkdir(staging, { mode: 0o700 });
  await mkdir(scratch, { mode: 0o700 });
  return {
    resource: 'thing',
    options: {},
    planDirectory: folder,
    staging,
    scratch,
    chain: [chainLink(snapshot)],
    only: [],
    tools,
    secrets: noSecrets,
    signal: new AbortController().signal,
    ...rest,
  };
}

function chainLink({ mode, index, files, evidence }: PlainSnapshot): ChainLink {
  const artifacts = [...evidence].map(([name, { rawBytes }]) => ({ name, raw: { bytes: rawBytes } }));
  return {
    record: { artifacts, chain: { mode, root: 'one', level: 0 } } as unknown as SnapshotRecord,
    index: () => Promise.resolve(ok(lines(index))),
    deliver: (artifact, sink) => deliver(files.get(artifact), sink),
  };
}

async function* lines(index: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* index;
}

function deliver(path: string | undefined, sink: PipelineSink): Promise<Result<PipelineOutcome>> {
  if (path === undefined) return Promise.resolve(failed(failure('NOT_FOUND', 'no such artifact')));
  const signal = new AbortController().signal;
  return pipelines.run({ source: { kind: 'file', path }, stages: [], sink, signal });
}

export function readArtifact(snapshot: PlainSnapshot, artifact: string): Promise<Buffer> {
  const path = snapshot.files.get(artifact);
  if (path === undefined) throw new Error(`no artifact ${artifact}`);
  return readFile(path);
}
