import type { Clock } from '../../domain/clock.ts';
import type { Channel, Handle } from './channel.ts';

/** Where blocks go: one file, opened on several sessions. */
export interface OpenFile {
  readonly channel: Channel;
  readonly handle: Handle;
}

/** Writes a file in order, with many blocks under way at a time. */
export interface BlockWriter {
  /** Settles when the bytes are under way and more may follow; they are copied, so the block may be used again. */
  readonly write: (bytes: Buffer) => Promise<void>;
  /** Settles when everything is acknowledged. */
  readonly drain: () => Promise<void>;
  /** Everything before it is acknowledged. */
  readonly acknowledged: () => number;
  /** Ends waiting writers with this error. */
  readonly fail: (error: Error) => void;
}

export interface BlockWriterSetup {
  readonly files: readonly OpenFile[];
  /** Position of the first byte. */
  readonly from: number;
  readonly clock: Clock;
  readonly onAcknowledged: (position: number) => void;
}

/** Per session; as much as OpenSSH's own window lets pass. */
const WINDOW_BYTES = 2 * 1024 * 1024;
const FIRST_WINDOW_BYTES = 1024 * 1024;
const SMALLEST_WINDOW_BYTES = 128 * 1024;
/** An answer later than this means that bytes queue up on a slow line: fewer are sent ahead. */
const LATE_MS = 3000;

export function createBlockWriter({ files, from, clock, onAcknowledged }: BlockWriterSetup): BlockWriter {
  const lanes: Lane[] = files.map((file) => ({ ...file, underWay: 0 }));
  const order = createOrder(from, onAcknowledged);
  const window = createWindow(lanes.length, clock);
  const gate = createGate();
  const longest = Math.min(...files.map(({ channel }) => channel.maxWriteBytes));
  let position = from;
  const send = (bytes: Buffer): void => {
    const lane = lanes.reduce((best, other) => (other.underWay < best.underWay ? other : best));
    const piece = order.add(bytes.length);
    const settle = window.begin(bytes.length);
    lane.underWay += bytes.length;
    lane.channel.write(lane.handle, bytes, position).then(() => {
      lane.underWay -= bytes.length;
      settle();
      order.done(piece);
      gate.look();
    }, gate.fail);
    position += bytes.length;
  };
  return {
    write: async (bytes) => {
      for (let start = 0; start < bytes.length; start += longest) {
        const piece = bytes.subarray(start, start + longest);
        await gate.until(() => window.hasRoom(piece.length));
        send(piece);
      }
    },
    drain: () => gate.until(window.isEmpty),
    acknowledged: order.position,
    fail: gate.fail,
  };
}

interface Lane extends OpenFile {
  underWay: number;
}

/** How much may be under way: grows while answers come soon, shrinks when they come late. */
interface Window {
  readonly hasRoom: (bytes: number) => boolean;
  readonly isEmpty: () => boolean;
  /** The returned function is for the answer. */
  readonly begin: (bytes: number) => () => void;
}

function createWindow(lanes: number, clock: Clock): Window {
  let underWay = 0;
  let size = FIRST_WINDOW_BYTES;
  return {
    hasRoom: (bytes) => underWay === 0 || underWay + bytes <= size,
    isEmpty: () => underWay === 0,
    begin: (bytes) => {
      const sentMs = clock.monotonicMs();
      underWay += bytes;
      return () => {
        underWay -= bytes;
        const isLate = clock.monotonicMs() - sentMs > LATE_MS;
        size = isLate
          ? Math.max(size / 2, SMALLEST_WINDOW_BYTES)
          : Math.min(size + bytes, WINDOW_BYTES * lanes);
      };
    },
  };
}

interface Gate {
  /** One at a time waits. */
  readonly until: (isReady: () => boolean) => Promise<void>;
  readonly look: () => void;
  readonly fail: (error: Error) => void;
}

function createGate(): Gate {
  let failed: Error | undefined;
  let wake: () => void = () => undefined;
  return {
    until: async (isReady) => {
      while (failed === undefined && !isReady()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failed !== undefined) throw failed;
    },
    look: () => {
      wake();
    },
    fail: (error) => {
      failed ??= error;
      wake();
    },
  };
}

interface Piece {
  readonly bytes: number;
  isDone: boolean;
}

interface Order {
  readonly add: (bytes: number) => Piece;
  readonly done: (piece: Piece) => void;
  readonly position: () => number;
}

/** Answers come in any order; what counts is the part without a gap. */
function createOrder(from: number, onAdvance: (position: number) => void): Order {
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
