import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { Attributes, Connection, SFTPWrapper } from 'ssh2';
import type { JsonObject } from '../../src/domain/json.ts';

/** What this server does otherwise than OpenSSH. */
export interface Shortcomings {
  /** RENAME replaces what is there, as rename(2) does. */
  readonly replaces?: boolean;
  /** Keeps this many bytes of a file, and says that it kept all. */
  readonly keepsBytes?: number;
  /** Called when a file has got its new name; true ends the connection without an answer. */
  readonly afterRename?: (to: string) => boolean;
  /** A folder whose listing ends with an error after its first names. */
  readonly unreadable?: string;
}

export interface LesserServer {
  readonly folder: string;
  options(path: string): JsonObject;
  stop(): Promise<void>;
}

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** An SFTP server without any extension, for what OpenSSH never does. Everybody may log in. */
export async function startLesserServer(shortcomings: Shortcomings = {}): Promise<LesserServer> {
  const scratch = await fs.mkdtemp(join(tmpdir(), 'lesser-sftp-'));
  for (const name of ['host', 'id'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, name)]);
  const hostKey = (await fs.readFile(join(scratch, 'host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
  const folder = join(scratch, 'home');
  await fs.mkdir(folder, { mode: 0o700 });
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [await fs.readFile(join(scratch, 'host'))] }, (connection) => {
    connections.add(connection);
    connection.on('authentication', (context) => {
      context.accept();
    });
    connection.on('error', () => undefined);
    connection.on('close', () => connections.delete(connection));
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        serve(acceptSftp(), shortcomings, () => connection.end());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    options: (path) => ({
      host: '127.0.0.1',
      port,
      user: 'anybody',
      path: join(folder, path),
      hostKey,
      identityFile: join(scratch, 'id'),
    }),
    stop: async () => {
      for (const connection of connections) connection.end();
      server.close();
      await fs.rm(scratch, { recursive: true, force: true });
    },
  };
}

interface Opened {
  readonly file?: fs.FileHandle;
  readonly folder?: string;
  names?: string[];
}

function serve(sftp: SFTPWrapper, shortcomings: Shortcomings, hangUp: () => void): void {
  const opened = new Map<number, Opened>();
  let last = 0;
  const keep = (one: Opened): Buffer => {
    opened.set((last += 1), one);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    return handle;
  };
  const at = (handle: Buffer): Opened => opened.get(handle.readUInt32BE()) ?? {};
  const answer = (id: number, work: () => Promise<(() => void) | undefined>): void => {
    work().then(
      (reply) => {
        if (reply === undefined) sftp.status(id, STATUS_CODE.OK);
        else reply();
      },
      (error: unknown) => {
        sftp.status(id, statusOf(error), 'lesser');
      },
    );
  };
  const attrs = (id: number, stats: Promise<Attributes>) =>
    answer(id, async () => {
      const found = await stats;
      return () => sftp.attrs(id, found);
    });
  sftp.on('OPEN', (id, path, flags) =>
    answer(id, async () => {
      const file = await fs.open(path, flagsOf(flags), 0o600);
      return () => sftp.handle(id, keep({ file }));
    }),
  );
  sftp.on('WRITE', (id, handle, position, data) =>
    answer(id, async () => {
      const kept = data.subarray(0, Math.max(0, (shortcomings.keepsBytes ?? Infinity) - position));
      if (kept.length > 0) await at(handle).file?.write(kept, 0, kept.length, position);
      return undefined;
    }),
  );
  sftp.on('READ', (id, handle, position, length) =>
    answer(id, async () => {
      const block = Buffer.alloc(length);
      const read = await at(handle).file?.read(block, 0, length, position);
      if (!read?.bytesRead) return () => sftp.status(id, STATUS_CODE.EOF);
      return () => sftp.data(id, block.subarray(0, read.bytesRead));
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      await at(handle).file?.close();
      return undefined;
    }),
  );
  sftp.on('FSTAT', (id, handle) => attrs(id, Promise.resolve(at(handle).file?.stat()).then(attributesOf)));
  sftp.on('STAT', (id, path) => attrs(id, fs.stat(path).then(attributesOf)));
  sftp.on('LSTAT', (id, path) => attrs(id, fs.lstat(path).then(attributesOf)));
  sftp.on('REALPATH', (id, path) =>
    answer(id, async () => {
      const filename = await fs.realpath(path);
      return () => sftp.name(id, [{ filename, longname: filename, attrs: NO_ATTRIBUTES }]);
    }),
  );
  sftp.on('MKDIR', (id, path) => answer(id, () => fs.mkdir(path, { mode: 0o700 }).then(() => undefined)));
  sftp.on('RMDIR', (id, path) => answer(id, () => fs.rmdir(path).then(() => undefined)));
  sftp.on('REMOVE', (id, path) => answer(id, () => fs.unlink(path).then(() => undefined)));
  sftp.on('RENAME', (id, from, to) =>
    answer(id, async () => {
      if (shortcomings.replaces === true) await fs.rename(from, to);
      else {
        await fs.link(from, to);
        await fs.unlink(from);
      }
      if (shortcomings.afterRename?.(to) !== true) return undefined;
      return hangUp;
    }),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => {
      const names = await fs.readdir(path);
      return () => sftp.handle(id, keep({ folder: path, names }));
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    answer(id, async () => {
      const { folder = '', names = [] } = at(handle);
      const some = names.splice(0, 2);
      if (folder.endsWith(shortcomings.unreadable ?? '\0')) throw new Error('unreadable');
      if (some.length === 0) return () => sftp.status(id, STATUS_CODE.EOF);
      const entries = await Promise.all(
        some.map(async (filename) => ({
          filename,
          longname: filename,
          attrs: attributesOf(await fs.lstat(join(folder, filename))),
        })),
      );
      return () => sftp.name(id, entries);
    }),
  );
}

const NO_ATTRIBUTES: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function attributesOf(stats: Awaited<ReturnType<typeof fs.lstat>> | undefined): Attributes {
  if (stats === undefined) throw new Error('not a file');
  const { mode, uid, gid, size, atimeMs, mtimeMs } = stats;
  return {
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    atime: seconds(atimeMs),
    mtime: seconds(mtimeMs),
  };
}

function seconds(ms: number | bigint): number {
  return Math.floor(Number(ms) / 1000);
}

function flagsOf(flags: number): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const access = has(OPEN_MODE.WRITE)
    ? has(OPEN_MODE.READ)
      ? constants.O_RDWR
      : constants.O_WRONLY
    : constants.O_RDONLY;
  return (
    access |
    (has(OPEN_MODE.CREAT) ? constants.O_CREAT : 0) |
    (has(OPEN_MODE.TRUNC) ? constants.O_TRUNC : 0) |
    (has(OPEN_MODE.EXCL) ? constants.O_EXCL : 0)
  );
}

function statusOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
