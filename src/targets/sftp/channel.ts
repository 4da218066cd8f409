import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import type { SpaceFacts } from '../../domain/target.ts';
import { trackRequests, type Done, type Requests, type RequestSetup } from './requests.ts';

export type Handle = Buffer;

export interface ServerSpace extends SpaceFacts {
  /** Nothing more can be written. */
  readonly isFull: boolean;
}

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
  space(path: string): Promise<ServerSpace>;
  end(): void;
}

export const EXTENSIONS = {
  fsync: 'fsync@openssh.com',
  hardlink: 'hardlink@openssh.com',
  statvfs: 'statvfs@openssh.com',
} as const;

const FULL_BYTES = 64 * 1024;
const SMALLEST_BLOCK_BYTES = 32 * 1024;
const FLAGS = { read: 'r', write: 'r+', new: 'wx', overwrite: 'w' } as const;
const ON_HANDLE = 'an open file';

export function createChannel(sftp: SFTPWrapper, setup: RequestSetup): Channel {
  const requests = trackRequests(sftp, setup);
  return {
    ...factsOf(sftp),
    ...handleRequests(sftp, requests),
    ...pathRequests(sftp, requests),
    isLost: requests.isLost,
    end: () => {
      sftp.end();
    },
  };
}

type OfHandles = Pick<Channel, 'open' | 'close' | 'write' | 'read' | 'fstat' | 'fsync'>;

function handleRequests(sftp: SFTPWrapper, { send, slow }: Requests): OfHandles {
  return {
    open: (path, mode) =>
      send(path, (done) => {
        if (mode === 'read') sftp.open(path, FLAGS.read, done);
        else sftp.open(path, FLAGS[mode], mode === 'write' ? {} : { mode: 0o600 }, done);
      }),
    close: (handle) =>
      send(ON_HANDLE, (done) => {
        sftp.close(handle, done);
      }),
    write: (handle, bytes, position) =>
      send(ON_HANDLE, (done) => {
        sftp.write(handle, bytes, 0, bytes.length, position, done);
      }),
    read: (handle, into, position) =>
      send(ON_HANDLE, (done) => {
        sftp.read(handle, into, 0, into.length, position, done);
      }),
    fstat: (handle) =>
      send(ON_HANDLE, (done) => {
        sftp.fstat(handle, done);
      }),
    fsync: (handle) =>
      slow(ON_HANDLE, (done) => {
        sftp.ext_openssh_fsync(handle, done);
      }),
  };
}

type OfPaths = Omit<Channel, keyof OfHandles | 'isLost' | 'end' | keyof ReturnType<typeof factsOf>>;

function pathRequests(sftp: SFTPWrapper, { send }: Requests): OfPaths {
  /** A request that names one path and takes no more. */
  const ask =
    <T>(request: (path: string, done: Done<T>) => void) =>
    (path: string): Promise<T> =>
      send(path, (done) => {
        request(path, done);
      });
  return {
    lstat: ask(sftp.lstat.bind(sftp)),
    stat: ask(sftp.stat.bind(sftp)),
    realpath: ask(sftp.realpath.bind(sftp)),
    rmdir: ask(sftp.rmdir.bind(sftp)),
    remove: ask(sftp.unlink.bind(sftp)),
    readdir: ask((path, done: Done<FileEntryWithStats[]>) => {
      sftp.readdir(path, done);
    }),
    mkdir: ask((path, done: Done<void>) => {
      sftp.mkdir(path, { mode: 0o700 }, done);
    }),
    space: async (path) => spaceOf(await ask<unknown>(sftp.ext_openssh_statvfs.bind(sftp))(path)),
    rename: (from, to) =>
      send(to, (done) => {
        sftp.rename(from, to, done);
      }),
    hardlink: (from, to) =>
      send(to, (done) => {
        sftp.ext_openssh_hardlink(from, to, done);
      }),
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

interface FileSystemFacts {
  readonly f_frsize: number;
  readonly f_blocks: number;
  readonly f_bavail: number;
  readonly f_files: number;
  readonly f_favail: number;
}

function spaceOf(facts: unknown): ServerSpace {
  const { f_frsize, f_blocks, f_bavail, f_files, f_favail } = facts as FileSystemFacts;
  const freeBytes = f_bavail * f_frsize;
  // File systems without a fixed number of inodes say that they have none at all.
  const isFull = freeBytes < FULL_BYTES || (f_files > 0 && f_favail === 0);
  return { freeBytes, totalBytes: f_blocks * f_frsize, isFull };
}
