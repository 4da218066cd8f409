import type { PipelineRequest, Tap } from '../domain/pipeline.ts';
import type { TailBuffer } from './output-tail.ts';
import { sizeLimit } from './pipeline-control.ts';
import type { Control } from './pipeline-control.ts';

interface Counting {
  readonly control: Control;
  readonly request: PipelineRequest;
}

/** Counts what leaves the source, and stops it at its cap. */
export async function* countSource(
  { control, request }: Counting,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const { maxSourceBytes = Infinity, onProgress } = request;
  control.sourceBytes = 0;
  for await (const chunk of bytes) {
    control.moves += chunk.length;
    control.sourceBytes += chunk.length;
    if (control.sourceBytes > maxSourceBytes) {
      control.fail(sizeLimit(maxSourceBytes));
      return;
    }
    if (control.sinkBytes === undefined) onProgress?.(control.sourceBytes);
    yield asBuffer(chunk);
  }
}

/** Counts what reaches the sink, and stops it at its cap. */
export async function* countSink(
  { control, request }: Counting,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const { maxSinkBytes = Infinity, onProgress } = request;
  control.sinkBytes = 0;
  for await (const chunk of bytes) {
    control.moves += chunk.length;
    control.sinkBytes += chunk.length;
    if (control.sinkBytes > maxSinkBytes) {
      control.fail(sizeLimit(maxSinkBytes));
      return;
    }
    onProgress?.(control.sinkBytes);
    yield asBuffer(chunk);
  }
}

export async function* tapped(
  bytes: AsyncIterable<Uint8Array>,
  tap: Tap,
  tail?: TailBuffer,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    const buffer = asBuffer(chunk);
    tail?.add(buffer);
    tap.onBytes?.(buffer);
    yield buffer;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
