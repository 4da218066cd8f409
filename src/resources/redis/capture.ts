import type { CommandOutcome } from '../../domain/command.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type {
  ArtifactEvidence,
  ArtifactOutcome,
  CaptureContext,
  CaptureSession,
} from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { clientVersion, connect, type Client } from './client.ts';
import { readOptions } from './options.ts';
import { createRdbScanner, type Rdb } from './rdb-scanner.ts';
import { askServer, countKeys, type Server } from './server.ts';

/** What a restored snapshot is called. */
export const FILE_NAME = 'dump.rdb';
export const ARTIFACT = 'dump';

/** redis-cli becomes a replica for as long as one dump takes; the server forks, and goes on. */
export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const client = await connect(
    readOptions(context.options, context.planDirectory).connection,
    context.secrets,
  );
  if (!client.ok) return client;
  const version = await clientVersion(context);
  if (!version.ok) return version;
  const server = await askServer(context, client.value);
  if (!server.ok) return server;
  const refused = refusal(context, client.value, server.value);
  if (refused !== undefined) return failed(refused);
  return ok(session(context, { client: client.value, server: server.value, clientVersion: version.value }));
}

function refusal({ guards }: CaptureContext, { place }: Client, server: Server): Failure | undefined {
  if (server.isCluster) {
    const hint = 'Each node of a cluster has a part of the keys; a resource of this type is one server.';
    return failure('SOURCE_UNSUPPORTED', `the server at ${place} is a node of a cluster`, { hint });
  }
  if (server.isLoading) return failure('SOURCE_FAILED', `the server at ${place} is still loading its data`);
  if (countKeys(server) > 0 || guards.allowEmpty) return undefined;
  return failure('SOURCE_EMPTY', `the server at ${place} has no keys`);
}

interface Source {
  readonly client: Client;
  readonly server: Server;
  readonly clientVersion: string;
}

function session(context: CaptureContext, source: Source): CaptureSession {
  const { client, server } = source;
  // Everything that was written before this moment is in the dump.
  const consistentAtMs = context.clock.nowMs();
  const scanner = createRdbScanner();
  const warnings: string[] = [];
  return {
    artifacts: [
      {
        name: ARTIFACT,
        extension: 'rdb',
        mediaType: 'application/octet-stream',
        source: {
          kind: 'command',
          command: client.command('--rdb', '-'),
          tap: { tailBytes: 0, onBytes: (chunk) => scanner.push(chunk) },
        },
        settle(outcome) {
          const settled = judge(context, source, { outcome, dump: scanner.finish() });
          if (settled.ok) warnings.push(...settled.value.warnings);
          return Promise.resolve(settled);
        },
      },
    ],
    facts: {
      fileName: FILE_NAME,
      server: client.place,
      serverVersion: server.version,
      appendOnly: server.appendsOnly,
      keys: server.keys,
    },
    async *entries() {
      yield await Promise.resolve({ path: FILE_NAME, type: 'object' as const, stored: true });
    },
    finish: () => Promise.resolve(ok({ consistentAtMs, warnings, log: [] })),
    close: () => Promise.resolve(),
  };
}

interface Dumped {
  readonly outcome: ArtifactOutcome;
  readonly dump: Rdb | string;
}

function judge(
  context: CaptureContext,
  { client, server, clientVersion: toolVersion }: Source,
  { outcome: { command, rawBytes = 0 }, dump }: Dumped,
): Result<ArtifactEvidence> {
  const from = `the dump of ${client.place}`;
  if (command?.exitCode !== 0) return failed(toolFailure(from, command));
  if (typeof dump === 'string') {
    const output = command.stderr === '' ? {} : { toolOutput: command.stderr };
    return failed(failure('INCOMPLETE_OUTPUT', `${from} ${dump}`, output));
  }
  const small = tooSmall(context, dump.bytes);
  if (small !== undefined) return failed(failure('SOURCE_EMPTY', `${from} ${small}`));
  return ok({
    rawBytes,
    tool: 'redis-cli',
    toolVersion,
    serverVersion: server.version,
    exitCode: 0,
    completion: dump.hasChecksum ? 'RDB header, EOF and CRC-64' : 'RDB header and EOF',
    warnings: dump.hasChecksum ? [] : [`${from} has no checksum: the server has "rdbchecksum no"`],
    skipped: [],
  });
}

function toolFailure(from: string, command: CommandOutcome | undefined): Failure {
  const { exitCode, signal, stderr = '' } = command ?? {};
  const end = signal === undefined ? `exited ${String(exitCode)}` : `was killed by ${signal}`;
  return failure('SOURCE_FAILED', `redis-cli ${end} while it wrote ${from}`, {
    ...(stderr === '' ? {} : { toolOutput: stderr }),
  });
}

function tooSmall({ guards, previous }: CaptureContext, bytes: number): string | undefined {
  if (guards.allowEmpty) return undefined;
  const { minSizeBytes = 0, maxDrop } = guards;
  if (bytes < minSizeBytes) return `has ${String(bytes)} bytes, source.minSize is ${String(minSizeBytes)}`;
  const before = previous?.rawBytes ?? 0;
  if (bytes >= before * (1 - maxDrop)) return undefined;
  return `has ${String(bytes)} bytes, the previous snapshot had ${String(before)}`;
}
