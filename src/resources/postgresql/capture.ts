import type { IndexEntry } from '../../domain/record.ts';
import { failure } from '../../domain/failure.ts';
import type { CaptureContext, CaptureSession, CaptureSummary } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { connectionEnvironment, type Environment } from './connection.ts';
import { databaseArtifact } from './database-artifact.ts';
import { indexEntries, isTable, type DumpedDatabase } from './entries.ts';
import { globalsArtifact } from './globals-artifact.ts';
import { readOptions, type PostgresqlOptions } from './options.ts';
import { readServerFacts } from './server.ts';
import { snapshotFacts } from './snapshot-facts.ts';
import { checkClient, versionOf } from './tool.ts';

/** What is dumped, from where, with what. */
export interface Capture {
  readonly options: PostgresqlOptions;
  readonly environment: Environment;
  readonly databases: readonly string[];
  /** Releases. */
  readonly server: string;
  readonly client: string;
}

export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const options = readOptions(context.options);
  const environment = await connectionEnvironment(options.connection, context.secrets);
  if (!environment.ok) return environment;
  const { tools, signal } = context;
  const client = await versionOf(tools, 'pg_dump', signal);
  if (!client.ok) return client;
  // Everything that was committed before this moment is in the snapshot.
  const consistentAtMs = context.clock.nowMs();
  const server = await readServerFacts({
    tools,
    environment: environment.value,
    signal,
    otherwise: 'SOURCE_FAILED',
  });
  if (!server.ok) return server;
  const usable = checkClient('pg_dump', client.value, server.value.version);
  if (!usable.ok) return usable;
  const databases = options.databases ?? server.value.databases;
  const capture: Capture = {
    options,
    environment: environment.value,
    databases,
    server: server.value.version,
    client: client.value,
  };
  return ok(session(context, capture, consistentAtMs));
}

function session(context: CaptureContext, capture: Capture, consistentAtMs: number): CaptureSession {
  const { databases, options } = capture;
  const dumps: DumpedDatabase[] = [];
  let bytes = 0;
  let allDumped = (): void => undefined;
  const dumped = new Promise<void>((resolve) => {
    allDumped = resolve;
  });
  const count = (rawBytes: number): void => {
    bytes += rawBytes;
  };
  const keep = (dump: DumpedDatabase, rawBytes: number): void => {
    count(rawBytes);
    if (dumps.push(dump) === databases.length) allDumped();
  };
  const dumping = databases.map((name, at) => databaseArtifact(context.mode, capture, { name, at, keep }));
  const withGlobals = options.globals && context.mode === 'full';
  return {
    artifacts: [...dumping, ...(withGlobals ? [globalsArtifact(capture, count)] : [])],
    facts: snapshotFacts(capture, withGlobals),
    async *entries(): AsyncGenerator<IndexEntry> {
      await dumped;
      yield* indexEntries(dumps, withGlobals);
    },
    finish: () => Promise.resolve(summarize(context, { dumps, bytes, consistentAtMs })),
    close: () => Promise.resolve(),
  };
}

interface Dumped {
  readonly dumps: readonly DumpedDatabase[];
  readonly bytes: number;
  readonly consistentAtMs: number;
}

function summarize(
  { guards, previous, mode }: CaptureContext,
  { dumps, bytes, consistentAtMs }: Dumped,
): Result<CaptureSummary> {
  const summary = { consistentAtMs, warnings: [], log: [] };
  if (guards.allowEmpty) return ok(summary);
  const entries = indexEntries(dumps, false);
  if (!entries.some(({ path = '' }) => isTable(path) || path.endsWith('/large-objects'))) {
    const names = dumps.map(({ name }) => name).join(', ');
    return failed(failure('SOURCE_EMPTY', `${names} has no tables`));
  }
  const sizes = `the dump has ${String(bytes)} bytes`;
  if (bytes < (guards.minSizeBytes ?? 0)) {
    return failed(failure('SOURCE_EMPTY', `${sizes}, source.minSize is ${String(guards.minSizeBytes)}`));
  }
  // What is known of an earlier snapshot is the size of its full.
  const before = mode === 'full' ? (previous?.rawBytes ?? 0) : 0;
  if (bytes >= before * (1 - guards.maxDrop)) return ok(summary);
  return failed(failure('SOURCE_EMPTY', `${sizes}, the previous snapshot had ${String(before)}`));
}
