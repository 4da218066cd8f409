import type { Socket } from 'node:net';

/** What one direction of a connection suffers. Offsets count its bytes from 0. */
export interface LaneFault {
  /** Latency: every byte arrives that much later. */
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
  /** From here on everything is swallowed and nothing arrives; the connection stays. */
  readonly stallAfter?: number;
  /** The connection is reset once that many bytes have passed. */
  readonly resetAfter?: number;
  /** The lowest bit of the byte there is flipped. */
  readonly flipAt?: number;
}

export interface LaneContext {
  readonly fault: LaneFault;
  readonly isStalled: () => boolean;
  /** Told of bytes that were written to the other side. */
  readonly passed: (bytes: number) => void;
  readonly reset: () => void;
}

/** Bytes on their way: a link of 600 MB/s with a delay of 100 ms. */
const MAX_IN_FLIGHT = 64 * 1024 * 1024;

/** Carries what `from` says to `to`, disturbed as `context.fault` says. */
export function createFaultyLane(from: Socket, to: Socket, context: LaneContext): void {
  const { delayMs = 0, bytesPerSecond = Infinity } = context.fault;
  const isImmediate = delayMs === 0 && bytesPerSecond === Infinity;
  let offset = 0;
  let inFlight = 0;
  let arrivalMs = 0;
  const queue: (() => void)[] = [];
  const deliver = (bytes: Buffer): void => {
    if (context.isStalled() || to.destroyed) return;
    context.passed(bytes.length);
    if (!to.write(bytes)) from.pause();
  };
  const later = (size: number, action: () => void): void => {
    const nowMs = performance.now();
    arrivalMs = Math.max(arrivalMs, nowMs + delayMs) + (size / bytesPerSecond) * 1000;
    inFlight += size;
    if (inFlight > MAX_IN_FLIGHT) from.pause();
    // Timers of different lengths may fire out of order; each lets the oldest pass.
    queue.push(() => {
      inFlight -= size;
      action();
      if (inFlight <= MAX_IN_FLIGHT && !to.writableNeedDrain) from.resume();
    });
    setTimeout(() => queue.shift()?.(), arrivalMs - nowMs);
  };
  const run = isImmediate ? (_size: number, action: () => void): void => action() : later;
  from.on('data', (chunk: Buffer) => {
    const { bytes, resets } = disturbed(chunk, offset, context.fault);
    offset += chunk.length;
    if (bytes.length > 0 && !context.isStalled()) run(bytes.length, () => deliver(bytes));
    if (resets) run(0, () => void to.write('', context.reset));
  });
  from.on('end', () => run(0, () => void to.end()));
  to.on('drain', () => {
    if (inFlight <= MAX_IN_FLIGHT) from.resume();
  });
}

function disturbed(
  chunk: Buffer,
  offset: number,
  { stallAfter = Infinity, resetAfter = Infinity, flipAt = -1 }: LaneFault,
): { readonly bytes: Buffer; readonly resets: boolean } {
  const end = Math.min(chunk.length, Math.max(0, Math.min(stallAfter, resetAfter) - offset));
  const isFlipped = flipAt >= offset && flipAt < offset + end;
  const bytes = isFlipped ? Buffer.from(chunk.subarray(0, end)) : chunk.subarray(0, end);
  if (isFlipped) bytes.writeUInt8(bytes.readUInt8(flipAt - offset) ^ 1, flipAt - offset);
  return { bytes, resets: offset + chunk.length >= resetAfter };
}
