import type { FileHandle } from 'node:fs/promises';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { BLOCK_BYTES, isZero, readHeader, readPaxRecords, type Header } from './tar-header.ts';

/** Where the bytes of an object lie in the archive. */
export interface Place {
  readonly offset: number;
  readonly size: number;
  readonly modifiedMs: number;
}

export type Contents = ReadonlyMap<string, Place>;

/** More than any chain has. */
const MOST_MEMBERS = 100_000;
const UNSOUND_PAX = 'has pax headers that say nothing sound';
const MOST_PAX_BYTES = 64 * 1024;
/** Writers fill up to a record of theirs. */
const MOST_TRAILING_BYTES = 1024 * 1024;

/**
 * Finds every object without reading it. An archive that holds anything but regular files in folders,
 * each once and each below its top, is refused as a whole: nothing of it can be believed to be ours.
 */
export async function readContents(handle: FileHandle, path: string): Promise<Result<Contents>> {
  const { size } = await handle.stat();
  const scan: Scan = { handle, path, size, places: new Map(), position: 0 };
  for (let members = 0; members <= MOST_MEMBERS; members += 1) {
    const step = await readMember(scan);
    if (!step.ok) return step;
    if (step.value === 'end') return ok(scan.places);
  }
  return failed(corrupt(scan, 'holds more members than any export'));
}

interface Scan {
  readonly handle: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly places: Map<string, Place>;
  position: number;
  /** What a pax header said about the next member. */
  next?: ReadonlyMap<string, string>;
}

async function readMember(scan: Scan): Promise<Result<'member' | 'end'>> {
  const block = await take(scan, BLOCK_BYTES);
  if (block === undefined) return failed(truncated(scan));
  if (isZero(block)) return readEnd(scan);
  const header = readHeader(block);
  if (header === undefined)
    return failed(corrupt(scan, `is no tar archive at byte ${String(scan.position)}`));
  if (header.type === 'x') return readPax(scan, header);
  const member = withPax(header, scan.next);
  delete scan.next;
  const defect = member === undefined ? corrupt(scan, UNSOUND_PAX) : place(scan, member);
  return defect === undefined ? ok('member') : failed(defect);
}

function place(scan: Scan, member: Header): Failure | undefined {
  const { type, sizeBytes, modifiedMs } = member;
  const name = member.name.replace(/^\.\//, '').replace(/\/$/, '');
  if (type === '5') return sizeBytes === 0 ? undefined : corrupt(scan, 'holds a directory with content');
  const shown = JSON.stringify(name);
  if (type !== '0') return unsafe(scan, `${shown}, which is no regular file`);
  if (!isInside(name)) return unsafe(scan, `${shown}, which would leave it`);
  if (scan.places.has(name)) return unsafe(scan, `${shown} twice`);
  const padded = Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  if (scan.position + padded > scan.size) return truncated(scan);
  scan.places.set(name, { offset: scan.position, size: sizeBytes, modifiedMs });
  scan.position += padded;
  return undefined;
}

async function readPax(scan: Scan, { sizeBytes }: Header): Promise<Result<'member'>> {
  if (sizeBytes > MOST_PAX_BYTES || scan.next !== undefined) return failed(corrupt(scan, UNSOUND_PAX));
  const padded = await take(scan, Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES);
  if (padded === undefined) return failed(truncated(scan));
  const records = readPaxRecords(padded.subarray(0, sizeBytes));
  if (records === undefined) return failed(corrupt(scan, UNSOUND_PAX));
  scan.next = records;
  return ok('member');
}

function withPax(header: Header, records: ReadonlyMap<string, string> | undefined): Header | undefined {
  const size = records?.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return undefined;
  const isSparse = [...(records?.keys() ?? [])].some((key) => key.startsWith('GNU.sparse'));
  if (isSparse) return undefined;
  return {
    ...header,
    name: records?.get('path') ?? header.name,
    sizeBytes: size === undefined ? header.sizeBytes : Number(size),
  };
}

/** One block of zeros was seen; the rest must be zeros too, and at least one more. */
async function readEnd(scan: Scan): Promise<Result<'end'>> {
  const rest = scan.size - scan.position;
  if (rest < BLOCK_BYTES) return failed(truncated(scan));
  if (rest > MOST_TRAILING_BYTES) return failed(corrupt(scan, 'goes on after its end'));
  const bytes = await take(scan, rest);
  if (bytes === undefined) return failed(truncated(scan));
  return isZero(bytes) ? ok('end') : failed(corrupt(scan, 'goes on after its end'));
}

/** Undefined where the archive ends before. */
async function take(scan: Scan, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await scan.handle.read(bytes, filled, length - filled, scan.position + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  scan.position += length;
  return bytes;
}

function isInside(name: string): boolean {
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function truncated({ path }: Scan): Failure {
  return failure('TRUNCATED', `the archive ${path} ends early`);
}

function unsafe({ path }: Scan, what: string): Failure {
  return failure('TARGET_UNSAFE', `the archive ${path} holds ${what}`);
}

function corrupt({ path }: Scan, what: string): Failure {
  return failure('CORRUPT', `the archive ${path} ${what}`);
}
