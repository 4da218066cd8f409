import { failure } from '../../domain/failure.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { compareBytes } from './byte-order.ts';
import { parseDocument, type JsonDocument } from './document.ts';
import { readOptions } from './options.ts';
import { readDocument, type ReadDocument } from './read-document.ts';

export interface SourceDocument extends ReadDocument {
  readonly document: JsonDocument;
}

/** Every document of the plan, read and parsed, in the order of their real paths. */
export async function readSource(context: CaptureContext): Promise<Result<readonly SourceDocument[]>> {
  const { paths, maxBytes } = readOptions(context.options);
  const found = new Map<string, SourceDocument>();
  for (const configured of paths) {
    const read = await readDocument({ configured, maxBytes, planDirectory: context.planDirectory });
    if (!read.ok) return read;
    const other = found.get(read.value.resolved);
    if (other !== undefined) {
      const message = `${other.configured} and ${configured} are the same file`;
      return failed(failure('SOURCE_UNSUPPORTED', message, { hint: 'Name each document once.' }));
    }
    const checked = check(context, read.value);
    if (!checked.ok) return checked;
    found.set(read.value.resolved, checked.value);
  }
  return ok([...found.values()].sort((a, b) => compareBytes(a.resolved, b.resolved)));
}

function check(context: CaptureContext, read: ReadDocument): Result<SourceDocument> {
  const { allowEmpty } = context.guards;
  if (read.bytes.length === 0 && !allowEmpty) {
    return failed(failure('SOURCE_EMPTY', `${read.configured} is an empty file`));
  }
  const parsed = parseDocument(read.bytes);
  if (!parsed.ok) {
    // A program that rewrites its file in place may be in the middle of it.
    const code = context.lastAttempt === false ? 'SOURCE_CHANGED' : 'SOURCE_CORRUPT';
    return failed(failure(code, `${read.configured} is not one JSON text: ${parsed.problem}`));
  }
  const { document } = parsed;
  if (document.empty && !allowEmpty) {
    return failed(failure('SOURCE_EMPTY', `${read.configured} holds nothing but ${document.text.trim()}`));
  }
  return ok({ ...read, document });
}
