import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PipelineStage } from '../../src/domain/pipeline.ts';
import type { IndexEntry, SnapshotRecord } from '../../src/domain/record.ts';
import type {
  ArtifactEvidence,
  CaptureContext,
  CaptureSession,
  CaptureSummary,
  ChainLink,
  ResourceType,
  RestoreContext,
  RestoreOutcome,
} from '../../src/domain/resource-type.ts';
import { ok } from '../../src/domain/result.ts';
import type { Result } from '../../src/domain/result.ts';
import { spooledLines } from '../../src/resources/files/index-spool.ts';
import { noSecrets } from './no-secrets.ts';
import { captureContext, pipelines, temporaryFolder, tools } from './plain-snapshot.ts';

/** A snapshot of one artifact as plain files: everything but compression, encryption and signing. */
export interface Taken {
  readonly mode: CaptureContext['mode'];
  readonly level: number;
  /** The artifact. */
  readonly file: string;
  /** Index lines, each ended by a line feed. */
  readonly index: string;
  /** How many the record says there are; any number where absent. */
  readonly entries?: number;
  readonly evidence: ArtifactEvidence;
  readonly summary: CaptureSummary;
}

/** Captures artifact and index at the same time, as the engine does, with backpressure on both. */
export async function take(
  type: ResourceType,
  options: CaptureContext['options'],
  rest: Partial<Omit<CaptureContext, 'parent'>> & {
    readonly parent?: Taken;
    /** Runs when everything is listed and the source has produced little more than 4 KiB. */
    readonly whileReading?: () => void;
  } = {},
): Promise<Result<Taken>> {
  const { parent, whileReading, ...given } = rest;
  const context: CaptureContext = {
    ...(await captureContext(options, { clock: { nowMs: Date.now, monotonicMs: () => 0 }, ...given })),
    ...(parent === undefined
      ? {}
      : { parent: { record: {} as SnapshotRecord, lines: spooledLines(parent.index) } }),
  };
  const session = await type.open(context);
  if (!session.ok) return session;
  try {
    const level = parent === undefined ? 0 : parent.level + 1;
    return await drain(session.value, { context, level, whileReading });
  } finally {
    await session.value.close();
  }
}

async function drain(
  session: CaptureSession,
  { context, level, whileReading }: Drive,
): Promise<Result<Taken>> {
  const folder = await temporaryFolder();
  const [file, index] = [join(folder, 'artifact'), join(folder, 'index')];
  let listed = () => {};
  const allListed = new Promise<void>((resolve) => {
    listed = resolve;
  });
  const stages = whileReading === undefined ? [] : [gate(folder)];
  if (whileReading !== undefined) void openGate(folder, allListed, whileReading);
  const captured = captureArtifact(session, { path: file, stages, signal: context.signal });
  const written = pipeline(
    Readable.from(indexText(session, { context, captured, listed })),
    createWriteStream(index),
  );
  const [result] = await Promise.all([captured, written]);
  if (!result.ok) return result;
  return ok({ mode: context.mode, level, file, index, ...result.value });
}

interface Drive {
  readonly context: CaptureContext;
  readonly level: number;
  readonly whileReading: (() => void) | undefined;
}

/** Lets 4 KiB pass, says so, and then nothing until it is told to go on. */
function gate(folder: string): PipelineStage {
  for (const name of ['ready', 'go']) execFileSync('mkfifo', [join(folder, name)]);
  const script = 'dd bs=4096 count=1 iflag=fullblock 2>/dev/null; : > "$1"; read -r line < "$2"; exec cat';
  const argv = ['sh', '-c', script, 'gate', join(folder, 'ready'), join(folder, 'go')] as const;
  return { name: 'gate', command: { argv } };
}

async function openGate(folder: string, listed: Promise<void>, action: () => void): Promise<void> {
  await Promise.all([readFile(join(folder, 'ready')), listed]);
  action();
  // The gate may have been stopped in the meantime.
  await writeFile(join(folder, 'go'), 'go\n').catch(() => undefined);
}

interface ArtifactRun {
  readonly path: string;
  readonly stages: readonly PipelineStage[];
  readonly signal: AbortSignal;
}

async function captureArtifact(session: CaptureSession, { path, stages, signal }: ArtifactRun) {
  const [artifact] = session.artifacts;
  if (artifact === undefined) throw new Error('one artifact was expected');
  const ended = await pipelines.run({
    source: artifact.source,
    stages,
    sink: { kind: 'file', path },
    signal,
  });
  if (!ended.ok) return ended;
  const evidence = await artifact.settle(
    ended.value.source === undefined ? {} : { command: ended.value.source },
  );
  if (!evidence.ok) return evidence;
  const summary = await session.finish();
  return summary.ok ? ok({ evidence: evidence.value, summary: summary.value }) : summary;
}

async function* indexText(
  session: CaptureSession,
  {
    context: { resource, mode },
    captured,
    listed,
  }: {
    readonly context: CaptureContext;
    readonly captured: Promise<Result<{ readonly summary: CaptureSummary }>>;
    readonly listed: () => void;
  },
): AsyncGenerator<Buffer> {
  const line = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);
  yield line({ format: 'backup-plan/index@1', resource, mode, facts: session.facts });
  let entries = 0;
  let block: Buffer[] = [];
  for await (const entry of session.entries()) {
    entries += 1;
    block.push(Buffer.isBuffer(entry) ? entry : Buffer.from(JSON.stringify(entry)), Buffer.from('\n'));
    if (block.length < 1024) continue;
    yield Buffer.concat(block);
    block = [];
  }
  yield Buffer.concat(block);
  listed();
  const result = await captured;
  if (result.ok) yield line({ end: true, entries, log: result.value.summary.log });
}

export interface PutBack {
  readonly staging: string;
  readonly result: Result<RestoreOutcome>;
}

/** Restores the last of `chain`. */
export async function putBack(
  type: ResourceType,
  chain: readonly [Taken, ...Taken[]],
  rest: Partial<RestoreContext> = {},
): Promise<PutBack> {
  const folder = await temporaryFolder();
  const [staging, scratch] = [join(folder, 'staging'), join(folder, 'scratch')];
  await mkdir(staging, { mode: 0o700 });
  await mkdir(scratch, { mode: 0o700 });
  if (type.restore === undefined) throw new Error(`${type.type} has no restore`);
  const [first, ...later] = chain;
  const result = await type.restore({
    resource: 'thing',
    options: {},
    planDirectory: folder,
    staging,
    scratch,
    chain: [linkOf(first), ...later.map(linkOf)],
    only: [],
    tools,
    secrets: noSecrets,
    signal: new AbortController().signal,
    ...rest,
  });
  return { staging, result };
}

function linkOf({ mode, level, file, index, entries = Infinity }: Taken, position = 0): ChainLink {
  const snapshotId = `s${String(position)}-${String(level)}`;
  return {
    record: { snapshotId, chain: { mode, root: 'one', level }, index: { entries } } as SnapshotRecord,
    index: () => Promise.resolve(ok(spooledLines(index))),
    deliver(_, sink) {
      const signal = new AbortController().signal;
      return pipelines.run({ source: { kind: 'file', path: file }, stages: [], sink, signal });
    },
  };
}

/** The entries of an index by path; a path that is no UTF-8 is spelled `base64:…`. */
export async function entriesOf(taken: Taken): Promise<ReadonlyMap<string, IndexEntry>> {
  const lines = (await readFile(taken.index, 'utf8')).trimEnd().split('\n').slice(1, -1);
  const entries = lines.map((line) => JSON.parse(line) as IndexEntry);
  return new Map(entries.map((entry) => [entry.path ?? `base64:${entry.path64 ?? ''}`, entry]));
}

/** Paths of what is stored in a snapshot's own artifact. */
export async function storedIn(taken: Taken): Promise<string[]> {
  return [...(await entriesOf(taken))].filter(([, { stored }]) => stored === true).map(([path]) => path);
}
