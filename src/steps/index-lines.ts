import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure } from '../domain/failure.ts';
import type { PipelineOutcome, PipelineSink } from '../domain/pipeline.ts';
import { IndexUnreadable } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';

type Open = (sink: PipelineSink) => Promise<Result<PipelineOutcome>>;

const NEWLINE = 0x0a;

/**
 * The lines of an encrypted index as a pulled stream. Failures that show before the first line are
 * returned; later ones, and a missing trailer, throw IndexUnreadable at the reader.
 */
export async function openIndexLines(open: Open): Promise<Result<AsyncIterable<Buffer>>> {
  const channel = new PassThrough();
  const opened = open({ kind: 'bytes', consume: (bytes) => pour(bytes, channel) }).then((result) => {
    if (!result.ok) channel.destroy(new IndexUnreadable(result.failure.message, { cause: result.failure }));
    return result;
  });
  opened.catch((bug: unknown) => channel.destroy(bug as Error));
  const lines = verifiedLines(channel, opened);
  try {
    const first = await lines.next();
    if (first.done === true) return failed(failure('TRUNCATED', 'the index is empty'));
    return ok(resume(first.value, lines));
  } catch (error) {
    const result = await opened;
    if (!result.ok) return result;
    return failed(failure('TRUNCATED', (error as Error).message));
  }
}

async function pour(bytes: AsyncIterable<Buffer>, channel: PassThrough): Promise<Result<void>> {
  try {
    await pipeline(bytes, channel);
    return ok();
  } catch {
    return failed(failure('INTERRUPTED', 'the reader of the index stopped early'));
  }
}

async function* resume(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* verifiedLines(
  channel: PassThrough,
  opened: Promise<Result<PipelineOutcome>>,
): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const line of splitLines(channel)) {
    last = line;
    yield line;
  }
  const result = await opened;
  if (!result.ok) throw new IndexUnreadable(result.failure.message, { cause: result.failure });
  if (last?.subarray(0, 12).toString('latin1') !== '{"end":true,') {
    throw new IndexUnreadable('the index has no end line');
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      yield data.subarray(start, end);
      start = end + 1;
    }
    rest = data.subarray(start);
  }
  if (rest.length > 0) throw new IndexUnreadable('the last line of the index is cut');
}
