import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import type { Clock, Timers } from '../../domain/clock.ts';
import type { SpaceFacts } from '../../domain/target.ts';
import { ConnectionLost, Refusal, StatusError } from './refusal.ts';

export type Handle = Buffer;

/** How a file is opened: `new` fails where the name is taken. */
export type OpenMode = 'read' | 'write' | 'new' | 'overwrite';

/**
 * One SFTP session. Requests may overlap; each settles by an answer, or as ConnectionLost when the
 * session ends or the server stays silent for too long.
 */
export interface Channel {
  readonly extensions: ReadonlySet<string>;
  /** Most bytes of one write and of one read. */
  readonly maxWriteBytes: number;
  readonly maxReadBytes: number;
  isLost(): boolean;
  open(path: string, mode: OpenMode): Promise<Handle>;
  close(handle: Handle): Promise<void>;
  /** The bytes are copied before this returns. */
  write(handle: Handle, bytes: Buffer, position: number): Promise<void>;
  /** Number of bytes read, 0 at the end. */
  read(handle: Handle, into: Buffer, position: number): Promise<number>;
  fstat(handle: Handle): Promise<Stats>;
  fsync(handle: Handle): Promise<void>;
  lstat(path: string): Promise<Stats>;
  stat(path: string): Promise<Stats>;
  realpath(path: string): Promise<string>;
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<readonly FileEntryWithStats[]>;
  /** SSH_FXP_RENAME, which must not replace. */
  rename(from: string, to: string): Promise<void>;
  hardlink(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  space(path: string): Promise<SpaceFacts & { readonly isFull: boolean }>;
  end(): void;
}

export const EXTENSIONS = {
  fsync: 'fsync@openssh.com',
  hardlink: 'hardlink@openssh.com',
  statvfs: 'statvfs@openssh.com',
} as const;

export interface ChannelSetup {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Why the connection below ended, once it has. */
  readonly reason: () => ConnectionLost;
  /** Ends the connection: the server takes requests and answers none. */
  readonly onSilence: () => void;
  readonly silenceMs: number;
}

/** An fsync may have to write gigabytes. */
const SLOW_FACTOR = 10;
const FULL_BYTES = 64 * 1024;
const SMALLEST_BLOCK_BYTES = 32 * 1024;
const FLAGS = { read: 'r', write: 'r+', new: 'wx', overwrite: 'w' } as const;

export function createChannel(sftp: SFTPWrapper, setup: ChannelSetup): Channel {
  const requests = trackRequests(sftp, setup);
  const { send, slow } = requests;
  const facts = factsOf(sftp);
  return {
    ...facts,
    isLost: requests.isLost,
    open: (path, mode) =>
      send(path, (done) => {
        if (mode === 'read') sftp.open(path, FLAGS.read, done);
        else sftp.open(path, FLAGS[mode], mode === 'write' ? {} : { mode: 0o600 }, done);
      }),
    close: (handle) =>
      send('an open file', (done) => {
        sftp.close(handle, done);
      }),
    write: (handle, bytes, position) =>
      send('an open file', (done) => {
        sftp.write(handle, bytes, 0, bytes.length, position, done);
      }),
    read: (handle, into, position) =>
      send('an open file', (done) => {
        sftp.read(handle, into, 0, into.length, position, done);
      }),
    fstat: (handle) =>
      send('an open file', (done) => {
        sftp.fstat(handle, done);
      }),
    fsync: (handle) =>
      slow('an open file', (done) => {
        sftp.ext_openssh_fsync(handle, done);
      }),
    lstat: (path) =>
      send(path, (done) => {
        sftp.lstat(path, done);
      }),
    stat: (path) =>
      send(path, (done) => {
        sftp.stat(path, done);
      }),
    realpath: (path) =>
      send(path, (done) => {
        sftp.realpath(path, done);
      }),
    mkdir: (path) =>
      send(path, (done) => {
        sftp.mkdir(path, { mode: 0o700 }, done);
      }),
    rmdir: (path) =>
      send(path, (done) => {
        sftp.rmdir(path, done);
      }),
    readdir: (path) =>
      send(path, (done) => {
        sftp.readdir(path, done);
      }),
    rename: (from, to) =>
      send(to, (done) => {
        sftp.rename(from, to, done);
      }),
    hardlink: (from, to) =>
      send(to, (done) => {
        sftp.ext_openssh_hardlink(from, to, done);
      }),
    remove: (path) =>
      send(path, (done) => {
        sftp.unlink(path, done);
      }),
    space: async (path) =>
      spaceOf(
        await send(path, (done) => {
          sftp.ext_openssh_statvfs(path, done);
        }),
      ),
    end: () => {
      sftp.end();
    },
  };
}

/** What ssh2 learnt at the start of the session and offers nowhere else; a test holds it to that. */
function factsOf(sftp: SFTPWrapper): Pick<Channel, 'extensions' | 'maxWriteBytes' | 'maxReadBytes'> {
  const known = sftp as unknown as {
    readonly _extensions?: Readonly<Record<string, string>>;
    readonly _maxWriteLen?: number;
    readonly _maxReadLen?: number;
  };
  return {
    extensions: new Set(Object.keys(known._extensions ?? {})),
    maxWriteBytes: known._maxWriteLen ?? SMALLEST_BLOCK_BYTES,
    maxReadBytes: known._maxReadLen ?? SMALLEST_BLOCK_BYTES,
  };
}

/** Undefined where the answer carries nothing. */
type Done<T> = (error: Error | null | undefined, value: T) => void;
type Send = <T>(path: string, start: (done: Done<T>) => void) => Promise<T>;

interface Requests {
  readonly send: Send;
  readonly slow: Send;
  isLost(): boolean;
}

function trackRequests(sftp: SFTPWrapper, setup: ChannelSetup): Requests {
  const pending = new Set<(error: Error) => void>();
  const watch = watchSilence(setup, pending);
  let isLost = false;
  const lose = (): void => {
    isLost = true;
    for (const reject of [...pending]) reject(setup.reason());
  };
  for (const event of ['end', 'close', 'error']) sftp.on(event, lose);
  const sender =
    (factor: number): Send =>
    (path, start) =>
      new Promise((resolve, reject) => {
        if (isLost) {
          reject(setup.reason());
          return;
        }
        const settle = watch.begin(factor);
        const end = (error: Error): void => {
          if (!pending.delete(end)) return;
          settle();
          reject(error);
        };
        pending.add(end);
        start((error, value) => {
          if (error) {
            end(requestError(error, path, setup));
            return;
          }
          if (!pending.delete(end)) return;
          settle();
          resolve(value);
        });
      });
  return { send: sender(1), slow: sender(SLOW_FACTOR), isLost: () => isLost };
}

/** Only answers of the server carry a status. */
function requestError(error: Error & { readonly code?: unknown }, path: string, setup: ChannelSetup): Error {
  if (typeof error.code === 'number') return new StatusError(error.code, path, error.message);
  if (error.message === 'No response from server') return setup.reason();
  return new Refusal('TARGET_IO', `the server breaks the protocol: ${error.message}`);
}

/** Ends the connection when requests wait and nothing at all is answered. */
function watchSilence(
  setup: ChannelSetup,
  pending: ReadonlySet<unknown>,
): { begin(factor: number): () => void } {
  const { clock, timers, silenceMs, onSilence } = setup;
  let lastMs = 0;
  let slowRequests = 0;
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    if (pending.size === 0) return;
    const leftMs = lastMs + silenceMs * (slowRequests > 0 ? SLOW_FACTOR : 1) - clock.monotonicMs();
    if (leftMs <= 0) onSilence();
    else cancel = timers.after(leftMs, look);
  };
  return {
    begin: (factor) => {
      if (pending.size === 0) lastMs = clock.monotonicMs();
      if (factor > 1) slowRequests += 1;
      cancel ??= timers.after(silenceMs, look);
      return () => {
        lastMs = clock.monotonicMs();
        if (factor > 1) slowRequests -= 1;
        if (pending.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
  };
}

interface FileSystemFacts {
  readonly f_frsize: number;
  readonly f_blocks: number;
  readonly f_bavail: number;
  readonly f_files: number;
  readonly f_favail: number;
}

function spaceOf(facts: unknown): SpaceFacts & { readonly isFull: boolean } {
  const { f_frsize, f_blocks, f_bavail, f_files, f_favail } = facts as FileSystemFacts;
  const freeBytes = f_bavail * f_frsize;
  // File systems without a fixed number of inodes say that they have none at all.
  const isFull = freeBytes < FULL_BYTES || (f_files > 0 && f_favail === 0);
  return { freeBytes, totalBytes: f_blocks * f_frsize, isFull };
}
