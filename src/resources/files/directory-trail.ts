import { closeSync, createReadStream, lstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { errnoOf } from '../../domain/errno.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { systemPath } from './walk.ts';
import type { Found } from './walk.ts';

/**
 * The directories that a scan went through, kept on disk. Tar reads a flat list of names, so a
 * directory swapped for a link in the meantime would lead it elsewhere; looking at each directory
 * again afterwards shows that.
 */
export interface DirectoryTrail {
  add(directory: Found): void;
  /** Compares every directory with what it was. */
  recheck(): Promise<{ readonly swapped: readonly BytePath[]; readonly vanished: readonly BytePath[] }>;
  close(): void;
}

const HEAD_BYTES = 20;
const BLOCK_BYTES = 64 * 1024;
const CHECKS_PER_TURN = 512;

export function openTrail(scratch: string): DirectoryTrail {
  const file = join(scratch, 'directories');
  let fd: number | undefined = openSync(file, 'wx', 0o600);
  let parts: Buffer[] = [];
  let bytes = 0;

  function flush(): void {
    if (fd !== undefined && bytes > 0) writeSync(fd, Buffer.concat(parts, bytes));
    parts = [];
    bytes = 0;
  }

  function close(): void {
    flush();
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  }

  return {
    add(directory) {
      const record = encode(directory);
      parts.push(record);
      bytes += record.length;
      if (bytes >= BLOCK_BYTES) flush();
    },
    async recheck() {
      close();
      return recheck(file);
    },
    close,
  };
}

function encode({ path, stats }: Found): Buffer {
  const record = Buffer.alloc(HEAD_BYTES + path.length);
  record.writeBigUInt64LE(stats.dev, 0);
  record.writeBigUInt64LE(stats.ino, 8);
  record.writeUInt32LE(path.length, 16);
  record.write(path, HEAD_BYTES, 'latin1');
  return record;
}

async function recheck(file: string) {
  const swapped: BytePath[] = [];
  const vanished: BytePath[] = [];
  let checked = 0;
  for await (const { path, device, inode } of readRecords(file)) {
    const state = stateOf(path, device, inode);
    if (state === 'swapped') swapped.push(path);
    if (state === 'vanished') vanished.push(path);
    checked += 1;
    if (checked % CHECKS_PER_TURN === 0) await setImmediate();
  }
  return { swapped, vanished };
}

function stateOf(path: BytePath, device: bigint, inode: bigint): 'same' | 'swapped' | 'vanished' {
  try {
    const stats = lstatSync(systemPath('', path.slice(0, -1)), { bigint: true });
    const same = stats.isDirectory() && stats.dev === device && stats.ino === inode;
    return same ? 'same' : 'swapped';
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? 'vanished' : 'swapped';
  }
}

interface TrailRecord {
  readonly path: BytePath;
  readonly device: bigint;
  readonly inode: bigint;
}

async function* readRecords(file: string): AsyncGenerator<TrailRecord> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const data = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = endOf(data, start); end <= data.length; end = endOf(data, start)) {
      const path = data.toString('latin1', start + HEAD_BYTES, end);
      yield { path, device: data.readBigUInt64LE(start), inode: data.readBigUInt64LE(start + 8) };
      start = end;
    }
    rest = data.subarray(start);
  }
}

function endOf(data: Buffer, start: number): number {
  if (start + HEAD_BYTES > data.length) return Infinity;
  return start + HEAD_BYTES + data.readUInt32LE(start + 16);
}
