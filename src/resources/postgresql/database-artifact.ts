import type { Command } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { Mode } from '../../domain/mode.ts';
import type { ArtifactEvidence, ArtifactOutcome, ArtifactSource } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { createArchiveScanner, type ArchiveScanner } from './archive-scanner.ts';
import type { Capture } from './capture.ts';
import { toDatabase } from './connection.ts';
import type { DumpedDatabase } from './entries.ts';
import { filterArguments } from './filter.ts';
import { artifactName } from './snapshot-facts.ts';
import { toolFailure } from './tool.ts';

export interface DumpOrder {
  readonly name: string;
  /** Position among the databases. */
  readonly at: number;
  /** Told of a dump that is whole, and its size. */
  readonly keep: (dump: DumpedDatabase, rawBytes: number) => void;
}

/** One database in the custom format, uncompressed: that is what the bundle is for. */
export function databaseArtifact(mode: Mode, capture: Capture, order: DumpOrder): ArtifactSource {
  const scanner = createArchiveScanner();
  return {
    name: artifactName(capture.databases, order.at),
    extension: 'dump',
    mediaType: 'application/vnd.postgresql.dump',
    source: {
      kind: 'command',
      command: dumpCommand(mode, capture, order.name),
      tap: {
        tailBytes: 0,
        onBytes: (chunk) => {
          scanner.push(chunk);
        },
      },
    },
    settle: (outcome) => Promise.resolve(judge({ capture, order, scanner }, outcome)),
  };
}

const PARTS: Readonly<Partial<Record<Mode, readonly string[]>>> = {
  schema: ['--schema-only'],
  data: ['--data-only'],
};

function dumpCommand(mode: Mode, { options, environment }: Capture, database: string): Command {
  return {
    argv: [
      'pg_dump',
      '--format=custom',
      '--compress=0',
      '--no-password',
      `--lock-wait-timeout=${String(options.lockTimeoutMs)}`,
      ...(PARTS[mode] ?? []),
      ...filterArguments(options.include, options.exclude),
    ],
    ...toDatabase(environment, database),
  };
}

interface Judging {
  readonly capture: Capture;
  readonly order: DumpOrder;
  readonly scanner: ArchiveScanner;
}

function judge(
  { capture, order: { name, keep }, scanner }: Judging,
  { command, rawBytes = 0 }: ArtifactOutcome,
): Result<ArtifactEvidence> {
  if (command?.exitCode !== 0) {
    const outcome = command ?? { stderr: '', durationMs: 0 };
    return failed(toolFailure('SOURCE_FAILED', `the dump of ${name}`, outcome));
  }
  const flaw = scanner.flaw();
  const contents = scanner.contents();
  if (flaw !== undefined || contents === undefined) {
    return failed(failure('INCOMPLETE_OUTPUT', `the dump of ${name} is not whole: ${flaw ?? 'it is empty'}`));
  }
  keep({ name, contents, sizes: scanner.sizes() }, rawBytes);
  return ok({
    rawBytes,
    tool: 'pg_dump',
    toolVersion: capture.client,
    serverVersion: contents.serverVersion,
    exitCode: 0,
    completion: 'data of every entry',
    warnings: warningsIn(command.stderr),
    skipped: [],
  });
}

/** pg_dump ends with 0 and a word on stderr where a restore will need care, as with circular foreign keys. */
function warningsIn(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => /^pg_dump: warning: /.test(line))
    .map((line) => line.replace(/^pg_dump: warning: /, 'pg_dump: '));
}
