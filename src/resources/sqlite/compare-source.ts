import type { CaptureContext, Comparison, ParentSnapshot } from '../../domain/resource-type.ts';
import { ok, type Result } from '../../domain/result.ts';
import { copyUnchecked } from './copy.ts';
import { readFacts, type SnapshotFacts } from './facts.ts';
import { readOptions } from './options.ts';
import { fingerprintOf } from './page-blocks.ts';
import { examineSource } from './source-file.ts';

/**
 * Equal means equal to the byte: only a copy shows what a database with a write-ahead log holds.
 * That it differs can show earlier, in the counter of commits.
 */
export async function compareWithSnapshot(
  context: CaptureContext & { readonly parent: ParentSnapshot },
): Promise<Result<Comparison>> {
  const facts = await firstFacts(context.parent.lines);
  const { path, busyTimeoutMs } = readOptions(context.options);
  const source = await examineSource(path, context.planDirectory);
  if (!source.ok) return source;
  if (facts.copy === undefined) return ok('unknown');
  const { hasWal, changeCounter } = source.value;
  if (!hasWal && facts.changeCounter !== undefined && facts.changeCounter !== changeCounter) {
    return ok('different');
  }
  const copy = await copyUnchecked(context, source.value, busyTimeoutMs);
  if (!copy.ok) return copy;
  if (copy.value.bytes !== facts.copy.bytes) return ok('different');
  const { sha256 } = await fingerprintOf(copy.value.path);
  return ok(sha256 === facts.copy.sha256 ? 'equal' : 'different');
}

async function firstFacts(lines: AsyncIterable<Buffer>): Promise<SnapshotFacts> {
  for await (const header of lines) return readFacts(header) ?? {};
  return {};
}
