import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Failure } from '../../domain/failure.ts';
import { displayBytes, toBytePath } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type {
  ArtifactSource,
  CaptureContext,
  CaptureSession,
  Comparison,
  ParentSnapshot,
} from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { formatBytes } from '../../domain/size.ts';
import { fileEntry, keyEntry, sortEntries, type DocumentFacts, type NamedEntry } from './entries.ts';
import { readSource, type SourceDocument } from './source.ts';

/** Each document is an artifact of its own: what a restore with stock tools yields is the document. */
export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const consistentAtMs = context.clock.nowMs();
  const documents = await readSource(context);
  if (!documents.ok) return documents;
  const entries = sortEntries(documents.value.flatMap(entriesOf));
  const implausible = checkSize(context, documents.value, entries.length);
  if (implausible !== undefined) return failed(implausible);
  const artifacts: ArtifactSource[] = [];
  for (const [position, document] of documents.value.entries()) {
    artifacts.push(await stage(context.scratch, artifactName(position), document.bytes));
  }
  return ok({
    artifacts,
    facts: { documents: documents.value.map(factsOf) },
    async *entries() {
      yield* entries;
    },
    finish: () => Promise.resolve(ok({ consistentAtMs, warnings: [], log: [] })),
    close: () => Promise.resolve(),
  });
}

/** Bytes decide; that a document was written again with the same content is no change. */
export async function compareDocuments(
  context: CaptureContext & { readonly parent: ParentSnapshot },
): Promise<Result<Comparison>> {
  const documents = await readSource(context);
  if (!documents.ok) return documents;
  const known = new Map<string, IndexEntry>();
  for await (const line of context.parent.lines) {
    const entry = JSON.parse(line.toString()) as IndexEntry;
    if (entry.type === 'file' && entry.path !== undefined) known.set(entry.path, entry);
  }
  const same = documents.value.every((document) => isKnown(document, known));
  return ok(same && known.size === documents.value.length ? 'equal' : 'different');
}

const COMPARED = ['sha256', 'mode', 'uid', 'gid'] as const;

function isKnown(document: SourceDocument, known: ReadonlyMap<string, IndexEntry>): boolean {
  const now = fileEntry(document);
  const then = known.get(now.path);
  return then !== undefined && COMPARED.every((key) => now[key] === then[key]);
}

function entriesOf(source: SourceDocument): readonly NamedEntry[] {
  const file = fileEntry(source);
  return [file, ...(source.document.members ?? []).map((member) => keyEntry(file.path, member))];
}

function artifactName(position: number): string {
  return `document-${String(position + 1)}`;
}

function factsOf({ configured, resolved, document }: SourceDocument, position: number): DocumentFacts {
  return {
    artifact: artifactName(position),
    configured,
    resolved: displayBytes(toBytePath(resolved)),
    ...(document.members === undefined ? {} : { keys: document.members.map(({ key }) => key) }),
  };
}

function checkSize(
  { guards, previous }: CaptureContext,
  documents: readonly SourceDocument[],
  entries: number,
): Failure | undefined {
  if (guards.allowEmpty) return undefined;
  const bytes = documents.reduce((sum, document) => sum + document.bytes.length, 0);
  const { minSizeBytes = 0, minFiles = 0, maxDrop } = guards;
  if (bytes < minSizeBytes) return tooLittle(formatBytes(bytes), `source.minSize is ${String(minSizeBytes)}`);
  if (documents.length < minFiles) {
    return tooLittle(`${String(documents.length)} documents`, `source.minFiles is ${String(minFiles)}`);
  }
  if (previous === undefined) return undefined;
  const least = 1 - maxDrop;
  if (bytes < previous.rawBytes * least) {
    return tooLittle(formatBytes(bytes), `the previous snapshot had ${formatBytes(previous.rawBytes)}`);
  }
  if (entries >= previous.entries * least) return undefined;
  const before = `the previous snapshot had ${String(previous.entries)}`;
  return tooLittle(`${String(entries)} documents and keys`, before);
}

function tooLittle(found: string, expected: string): Failure {
  return failure('SOURCE_EMPTY', `there are ${found}, ${expected}`);
}

async function stage(scratch: string, name: string, bytes: Buffer): Promise<ArtifactSource> {
  const path = join(scratch, name);
  await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
  const expected = bytes.length;
  const rawSha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name,
    extension: 'json',
    mediaType: 'application/json',
    source: { kind: 'file', path },
    settle({ rawBytes = expected }) {
      if (rawBytes !== expected) {
        const counts = `${String(rawBytes)} of ${String(expected)} bytes`;
        return Promise.resolve(failed(failure('INCOMPLETE_OUTPUT', `${counts} of the copy were read`)));
      }
      return Promise.resolve(ok({ ...EVIDENCE, rawBytes, rawSha256 }));
    },
  };
}

const EVIDENCE = {
  tool: 'backup-plan',
  exitCode: 0,
  completion: 'parsed',
  warnings: [],
  skipped: [],
} as const;
