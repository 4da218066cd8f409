import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ArtifactSource, CaptureContext, CaptureSession } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { dumpArtifact, fileArtifact, type ToolFacts } from './artifacts.ts';
import {
  countTables,
  indexEntries,
  readCopyContents,
  readSourceContents,
  type Contents,
} from './contents.ts';
import { copyDatabase, type DatabaseCopy } from './copy.ts';
import { readOptions, type SqliteOptions } from './options.ts';
import { examineSource, type SourceFile } from './source-file.ts';
import { schemaText } from './sql-text.ts';
import { hasWalDefect, sqliteVersion } from './tool.ts';

interface Capture extends ToolFacts {
  readonly source: SourceFile;
  readonly options: SqliteOptions;
}

interface Taken {
  readonly contents: Contents;
  readonly artifact: ArtifactSource;
}

export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const options = readOptions(context.options);
  const source = await examineSource(options.path, context.planDirectory);
  if (!source.ok) return source;
  const version = await sqliteVersion(context.tools, context.signal);
  if (!version.ok) return version;
  const capture = { source: source.value, options, version: version.value };
  // Everything that was committed before this moment is in the snapshot.
  const consistentAtMs = context.clock.nowMs();
  const taken =
    context.mode === 'schema' ? await takeSchema(context, capture) : await takeCopy(context, capture);
  if (!taken.ok) return taken;
  return ok(session(capture, taken.value, consistentAtMs));
}

async function takeSchema(context: CaptureContext, capture: Capture): Promise<Result<Taken>> {
  const { source, options } = capture;
  const contents = await readSourceContents(context, source, options.busyTimeoutMs);
  if (!contents.ok) return contents;
  const populated = checkTables(context, source, contents.value);
  if (!populated.ok) return populated;
  const text = schemaText(contents.value);
  const path = join(context.scratch, 'schema.sql');
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  const bytes = Buffer.byteLength(text);
  const artifact = fileArtifact(capture, { path, bytes, extension: 'sql', completion: 'one statement' });
  return ok({ contents: contents.value, artifact });
}

async function takeCopy(context: CaptureContext, capture: Capture): Promise<Result<Taken>> {
  const copy = await copyDatabase(context, capture.source, capture.options.busyTimeoutMs);
  if (!copy.ok) return copy;
  const contents = await readCopyContents(context, copy.value.path);
  if (!contents.ok) return contents;
  const plausible = checkGuards(context, capture.source, { copy: copy.value, contents: contents.value });
  if (!plausible.ok) return plausible;
  const artifact =
    context.mode === 'dump'
      ? dumpArtifact(capture, copy.value.path, contents.value)
      : fileArtifact(capture, { ...copy.value, extension: 'db', completion: 'integrity_check' });
  return ok({ contents: contents.value, artifact });
}

function checkGuards(
  { guards, previous, mode }: CaptureContext,
  source: SourceFile,
  { copy, contents }: { readonly copy: DatabaseCopy; readonly contents: Contents },
): Result<void> {
  const populated = checkTables({ guards }, source, contents);
  if (!populated.ok || guards.allowEmpty) return populated;
  const sizes = `${source.resolved} has ${String(copy.bytes)} bytes`;
  if (copy.bytes < (guards.minSizeBytes ?? 0)) {
    return failed(failure('SOURCE_EMPTY', `${sizes}, source.minSize is ${String(guards.minSizeBytes)}`));
  }
  // Only the size of an earlier full compares with the size of a copy.
  const before = mode === 'full' ? (previous?.rawBytes ?? 0) : 0;
  if (copy.bytes >= before * (1 - guards.maxDrop)) return ok();
  return failed(failure('SOURCE_EMPTY', `${sizes}, the previous snapshot had ${String(before)}`));
}

function checkTables(
  { guards }: Pick<CaptureContext, 'guards'>,
  source: SourceFile,
  contents: Contents,
): Result<void> {
  if (guards.allowEmpty || countTables(contents) > 0) return ok();
  return failed(failure('SOURCE_EMPTY', `${source.resolved} has no tables`));
}

function session(capture: Capture, { contents, artifact }: Taken, consistentAtMs: number): CaptureSession {
  const { source, version } = capture;
  return {
    artifacts: [artifact],
    facts: {
      path: { configured: source.configured, resolved: source.resolved },
      fileName: basename(source.configured),
      journalMode: source.walMode ? 'wal' : 'rollback',
      sqlite: version,
      tables: countTables(contents),
      ...contents.pragmas,
    },
    async *entries() {
      yield* indexEntries(contents);
    },
    finish: () => Promise.resolve(ok({ consistentAtMs, warnings: warningsFor(capture), log: [] })),
    close: () => Promise.resolve(),
  };
}

function warningsFor({ source, version }: Capture): readonly string[] {
  if (!source.walMode || !hasWalDefect(version)) return [];
  return [
    `sqlite ${version} can corrupt databases in WAL mode when a checkpoint races with a commit; 3.51.3 mends it`,
  ];
}
