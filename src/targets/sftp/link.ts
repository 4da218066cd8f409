import type { Channel } from './channel.ts';
import { connect, type Connection, type ConnectionSetup } from './connect.ts';
import { firstOf } from './open-files.ts';
import { ConnectionLost } from './refusal.ts';

/** The connections of one target: made when needed, made anew when lost, shared by all operations. */
export interface Link {
  /** For small operations. */
  control(): Promise<Channel>;
  /** For the bytes of large objects: on a connection of their own, so that small operations need not queue behind them. */
  bulk(): Promise<readonly Channel[]>;
  close(): void;
}

/**
 * Sessions for bulk data. A server grants each one a window of about 2 MiB, which is all that can be
 * under way; several fill a line of long delay. OpenSSH allows 10 per connection.
 */
const BULK_CHANNELS = 4;

/** Runs what may happen twice; once more on a fresh connection where the first was lost. */
export async function again<T>(link: Link, work: (channel: Channel) => Promise<T>): Promise<T> {
  try {
    return await work(await link.control());
  } catch (error) {
    if (!wasDropped(error)) throw error;
    return work(await link.control());
  }
}

/** Lost at once, so that a new connection is worth a try; a server that is silent stays so. */
export function wasDropped(error: unknown): error is ConnectionLost {
  return error instanceof ConnectionLost && error.failure.code === 'TARGET_UNREACHABLE';
}

interface Line {
  readonly connection: Connection;
  readonly channels: readonly Channel[];
}

export function createLink(setup: ConnectionSetup): Link {
  const control = createSlot(setup, 1);
  const bulk = createSlot(setup, BULK_CHANNELS);
  return {
    control: async () => firstOf((await control.get()).channels),
    bulk: async () => {
      try {
        return (await bulk.get()).channels;
      } catch (error) {
        // Some servers allow one connection at a time.
        if (error instanceof ConnectionLost && control.isUp()) return (await control.get()).channels;
        throw error;
      }
    },
    close: () => {
      control.close();
      bulk.close();
    },
  };
}

interface Slot {
  get(): Promise<Line>;
  isUp(): boolean;
  close(): void;
}

function createSlot(setup: ConnectionSetup, channels: number): Slot {
  let current: Promise<Line> | undefined;
  let line: Line | undefined;
  const make = async (): Promise<Line> => {
    line = await openLine(setup, channels);
    return line;
  };
  const isUp = (): boolean => line !== undefined && !isLost(line);
  return {
    get: () => {
      if (line !== undefined && isLost(line)) {
        line.connection.end();
        line = current = undefined;
      }
      current ??= make();
      const making = current;
      making.catch(() => {
        if (current === making) current = undefined;
      });
      return making;
    },
    isUp,
    close: () => {
      line?.connection.end();
      line = current = undefined;
    },
  };
}

function isLost({ connection, channels }: Line): boolean {
  return connection.isLost() || channels.some((channel) => channel.isLost());
}

/** As many sessions as the server grants, at least one. */
async function openLine(setup: ConnectionSetup, channels: number): Promise<Line> {
  const connection = await connect(setup);
  try {
    const first = await connection.openChannel();
    const more = await Promise.allSettled(
      Array.from({ length: channels - 1 }, () => connection.openChannel()),
    );
    const granted = more.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return { connection, channels: [first, ...granted] };
  } catch (error) {
    connection.end();
    throw error;
  }
}
