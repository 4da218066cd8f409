import type { Channel, Handle } from './channel.ts';

/** Where blocks go: one file, opened on several sessions. */
export interface OpenFile {
  readonly channel: Channel;
  readonly handle: Handle;
}

/** Writes a file in order, with many blocks under way at a time. */
export interface BlockWriter {
  /** Settles when the bytes are under way and more may follow; they are copied, so the block may be used again. */
  write(bytes: Buffer): Promise<void>;
  /** Settles when everything is acknowledged. */
  drain(): Promise<void>;
  /** Everything before it is acknowledged. */
  acknowledged(): number;
  /** Ends waiting writers with this error. */
  fail(error: Error): void;
}

export interface BlockWriterSetup {
  readonly files: readonly OpenFile[];
  /** Position of the first byte. */
  readonly from: number;
  readonly monotonicMs: () => number;
  readonly onAcknowledged: (position: number) => void;
}

/** Per session; as much as OpenSSH's own window lets pass. */
const WINDOW_BYTES = 2 * 1024 * 1024;
const FIRST_WINDOW_BYTES = 1024 * 1024;
const SMALLEST_WINDOW_BYTES = 128 * 1024;
/** An answer later than this means that bytes queue up on a slow line: fewer are sent ahead. */
const LATE_MS = 3000;

export function createBlockWriter({
  files,
  from,
  monotonicMs,
  onAcknowledged,
}: BlockWriterSetup): BlockWriter {
  const lanes = files.map((file) => ({ ...file, underWay: 0 }));
  const order = createOrder(from, onAcknowledged);
  const longest = Math.min(...files.map(({ channel }) => channel.maxWriteBytes));
  let position = from;
  let underWay = 0;
  let window = FIRST_WINDOW_BYTES;
  let failed: Error | undefined;
  let wake: () => void = () => undefined;

  const fail = (error: Error): void => {
    failed ??= error;
    wake();
  };
  const settle = (lane: (typeof lanes)[number], piece: Piece, sentMs: number): void => {
    lane.underWay -= piece.bytes;
    underWay -= piece.bytes;
    const isLate = monotonicMs() - sentMs > LATE_MS;
    window = isLate
      ? Math.max(window / 2, SMALLEST_WINDOW_BYTES)
      : Math.min(window + piece.bytes, WINDOW_BYTES * lanes.length);
    order.done(piece);
    wake();
  };
  const until = async (isReady: () => boolean): Promise<void> => {
    while (failed === undefined && !isReady()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failed !== undefined) throw failed;
  };
  const send = (bytes: Buffer): void => {
    const lane = lanes.reduce((best, other) => (other.underWay < best.underWay ? other : best));
    const piece = order.add(bytes.length);
    const sentMs = monotonicMs();
    lane.channel.write(lane.handle, bytes, position).then(() => {
      settle(lane, piece, sentMs);
    }, fail);
    position += bytes.length;
    lane.underWay += bytes.length;
    underWay += bytes.length;
  };
  return {
    write: async (bytes) => {
      for (let start = 0; start < bytes.length; start += longest) {
        const piece = bytes.subarray(start, start + longest);
        await until(() => underWay === 0 || underWay + piece.length <= window);
        send(piece);
      }
    },
    drain: () => until(() => underWay === 0),
    acknowledged: () => order.position(),
    fail,
  };
}

interface Piece {
  readonly bytes: number;
  isDone: boolean;
}

/** Answers come in any order; what counts is the part without a gap. */
function createOrder(
  from: number,
  onAdvance: (position: number) => void,
): { add(bytes: number): Piece; done(piece: Piece): void; position(): number } {
  const pieces: Piece[] = [];
  let position = from;
  return {
    add: (bytes) => {
      const piece = { bytes, isDone: false };
      pieces.push(piece);
      return piece;
    },
    done: (piece) => {
      piece.isDone = true;
      const before = position;
      while (pieces[0]?.isDone === true) position += pieces.shift()?.bytes ?? 0;
      if (position > before) onAdvance(position);
    },
    position: () => position,
  };
}
