import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { ArtifactSource, CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { dumpArtifact, fileArtifact } from './artifacts.ts';
import { keepChangedPages, scanCopy } from './changed-pages.ts';
import { countTables, readCopyContents, readSourceContents, type Contents } from './contents.ts';
import { copyDatabase, type DatabaseCopy } from './copy.ts';
import type { SnapshotFacts } from './facts.ts';
import type { SqliteOptions } from './options.ts';
import type { ParentPages } from './parent-pages.ts';
import type { SourceFile } from './source-file.ts';
import { schemaText } from './sql-text.ts';

/** What is read, with what, and what it is compared with. */
export interface Capture {
  readonly source: SourceFile;
  readonly options: SqliteOptions;
  /** Release of sqlite3. */
  readonly version: string;
  readonly parent?: ParentPages;
}

/** What lies finished in scratch. */
export interface Taken {
  readonly contents: Contents;
  readonly artifacts: readonly ArtifactSource[];
  readonly facts: SnapshotFacts;
  /** Lines of the index with the digests of the pages; none where there are no pages. */
  readonly digestLines?: () => AsyncIterable<Buffer>;
}

export async function takeSchema(context: CaptureContext, capture: Capture): Promise<Result<Taken>> {
  const { source, options } = capture;
  const contents = await readSourceContents(context, source, options.busyTimeoutMs);
  if (!contents.ok) return contents;
  const populated = checkTables(context, source, contents.value);
  if (!populated.ok) return populated;
  const text = schemaText(contents.value);
  const path = join(context.scratch, 'schema.sql');
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  const file = { form: 'schema', path, bytes: Buffer.byteLength(text), completion: 'one statement' } as const;
  const artifacts = [fileArtifact(capture, file)];
  return ok({ contents: contents.value, artifacts, facts: { content: 'schema' } });
}

export async function takeCopy(context: CaptureContext, capture: Capture): Promise<Result<Taken>> {
  const copy = await copyDatabase(context, capture.source, capture.options.busyTimeoutMs);
  if (!copy.ok) return copy;
  const contents = await readCopyContents(context, copy.value.path);
  if (!contents.ok) return contents;
  const found = { copy: copy.value, contents: contents.value };
  const plausible = checkGuards(context, capture.source, found);
  if (!plausible.ok) return plausible;
  if (context.mode === 'dump') {
    const artifacts = [dumpArtifact(capture, copy.value.path, contents.value)];
    return ok({ contents: contents.value, artifacts, facts: { content: 'database' } });
  }
  const pages = capture.parent === undefined ? takeAllPages : takeChangedPages;
  return ok({ contents: contents.value, ...(await pages(context, capture, copy.value)) });
}

type TakenPages = Omit<Taken, 'contents'>;

const CHECKED = 'integrity_check';

async function takeAllPages(
  { scratch }: CaptureContext,
  capture: Capture,
  { path }: DatabaseCopy,
): Promise<TakenPages> {
  const { copy, digestLines } = await scanCopy(path, scratch);
  return {
    artifacts: [fileArtifact(capture, { form: 'database', path, ...copy, completion: CHECKED })],
    facts: { ...pagedFacts(capture), copy },
    digestLines,
  };
}

async function takeChangedPages(
  { scratch }: CaptureContext,
  capture: Capture,
  { path }: DatabaseCopy,
): Promise<TakenPages> {
  const { parent } = capture;
  if (parent === undefined) throw new Error('changed pages need a parent');
  const { copy, digestLines, pages, offsets } = await keepChangedPages(path, scratch, parent.digests);
  return {
    artifacts: [
      fileArtifact(capture, { form: 'pages', ...pages, completion: CHECKED }),
      fileArtifact(capture, { form: 'offsets', ...offsets, completion: CHECKED }),
    ],
    facts: {
      ...pagedFacts(capture),
      copy,
      ...(parent.facts.copy === undefined ? {} : { base: parent.facts.copy }),
    },
    digestLines,
  };
}

function pagedFacts({ source }: Capture): SnapshotFacts {
  return { content: 'database', ...(source.hasWal ? {} : { changeCounter: source.changeCounter }) };
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
  // What is known of an earlier snapshot is the size of its full, which is that of a copy.
  const before = mode === 'dump' ? 0 : (previous?.rawBytes ?? 0);
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
