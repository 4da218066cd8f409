import { failure } from '../../domain/failure.ts';
import type { ArtifactEvidence, ArtifactOutcome, ArtifactSource } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Contents } from './contents.ts';
import { preamble } from './sql-text.ts';
import { databaseUri, sqliteCommand, sqliteFailure } from './tool.ts';

export interface ToolFacts {
  readonly version: string;
}

export interface FinishedFile {
  readonly form: FileForm;
  readonly path: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly completion: string;
}

export type FileForm = keyof typeof FORMS;

const FORMS = {
  database: { name: 'database', extension: 'db', mediaType: 'application/vnd.sqlite3' },
  schema: { name: 'database', extension: 'sql', mediaType: 'application/sql' },
  pages: { name: 'pages', extension: 'bin', mediaType: 'application/octet-stream' },
  offsets: { name: 'offsets', extension: 'txt', mediaType: 'text/plain' },
} as const;

/** A file in scratch that has already been proved whole: what is left is that every byte was read. */
export function fileArtifact(facts: ToolFacts, file: FinishedFile): ArtifactSource {
  return {
    ...FORMS[file.form],
    source: { kind: 'file', path: file.path },
    settle({ rawBytes = file.bytes }) {
      if (rawBytes === file.bytes) return settled(evidence(facts, file));
      const counts = `${String(rawBytes)} of ${String(file.bytes)} bytes`;
      return settled(failed(failure('INCOMPLETE_OUTPUT', `${counts} of the copy were read`)));
    },
  };
}

const DUMP_END = 'COMMIT;\n';

/** On an error in the middle `.dump` goes on, ends with ROLLBACK and exits 0. */
export function dumpArtifact(facts: ToolFacts, copy: string, contents: Contents): ArtifactSource {
  const statements = [`.print ${JSON.stringify(preamble(contents))}`, '.dump'];
  return {
    name: 'database',
    extension: 'sql',
    mediaType: 'application/sql',
    source: {
      kind: 'command',
      command: sqliteCommand(databaseUri(copy, 'immutable=1'), statements),
      tap: { tailBytes: DUMP_END.length },
    },
    settle: (outcome) => settled(judgeDump(facts, outcome)),
  };
}

function judgeDump(
  facts: ToolFacts,
  { command, rawBytes = 0, tail }: ArtifactOutcome,
): Result<ArtifactEvidence> {
  if (command?.exitCode !== 0) {
    const outcome = command ?? { stderr: '', durationMs: 0 };
    return failed(sqliteFailure('SOURCE_FAILED', 'dump the copy', outcome));
  }
  if (tail?.toString('latin1').endsWith(DUMP_END) === true)
    return evidence(facts, { bytes: rawBytes, completion: 'ends with COMMIT' });
  return failed(failure('INCOMPLETE_OUTPUT', 'the dump does not end with COMMIT'));
}

function evidence(
  { version }: ToolFacts,
  { bytes, sha256, completion }: Pick<FinishedFile, 'bytes' | 'sha256' | 'completion'>,
): Result<ArtifactEvidence> {
  return ok({
    rawBytes: bytes,
    ...(sha256 === undefined ? {} : { rawSha256: sha256 }),
    tool: 'sqlite3',
    toolVersion: version,
    exitCode: 0,
    completion,
    warnings: [],
    skipped: [],
  });
}

function settled<T>(result: Result<T>): Promise<Result<T>> {
  return Promise.resolve(result);
}
