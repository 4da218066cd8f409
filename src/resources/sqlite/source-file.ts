import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { CommandOutcome } from '../../domain/command.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { sqliteFailure, type OpenMode } from './tool.ts';

/** A file that has been seen to be a database. */
export interface SourceFile {
  readonly configured: string;
  /** SQLite looks for the journal beside the real file, so links are followed once, here. */
  readonly resolved: string;
  readonly walMode: boolean;
  /** A non-empty write-ahead log lies beside it: a writer is connected or has crashed. */
  readonly hasWal: boolean;
  readonly hasJournal: boolean;
  /** Raised by every commit that does not go through a write-ahead log. */
  readonly changeCounter: number;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

/** Opening a missing path would create it, and any file passes for an empty database: look first. */
export async function examineSource(configured: string, planDirectory: string): Promise<Result<SourceFile>> {
  const path = resolve(planDirectory, configured);
  try {
    const resolved = await realpath(path);
    const header = await readHeader(resolved);
    return header.ok ? ok(await describe(configured, resolved, header.value)) : header;
  } catch (error) {
    return failed(unreadable(path, error));
  }
}

async function readHeader(path: string): Promise<Result<Buffer>> {
  const facts = await stat(path);
  if (!facts.isFile()) return failed(failure('SOURCE_UNSUPPORTED', `${path} is not a regular file`));
  if (facts.size === 0) return failed(failure('SOURCE_EMPTY', `${path} is an empty file, not a database`));
  const file = await open(path, 'r');
  try {
    const header = await readStart(file);
    if (header.toString('latin1', 0, MAGIC.length) === MAGIC) return ok(header);
    const hint = 'Name the database itself. An encrypted SQLite database cannot be read by sqlite3.';
    return failed(failure('SOURCE_UNSUPPORTED', `${path} is not a SQLite database`, { hint }));
  } finally {
    await file.close();
  }
}

async function readStart(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

async function describe(configured: string, resolved: string, header: Buffer): Promise<SourceFile> {
  return {
    configured,
    resolved,
    // Offset 18: file format write version, 2 for WAL.
    walMode: header[18] === 2,
    hasWal: await hasContent(`${resolved}-wal`),
    hasJournal: await hasContent(`${resolved}-journal`),
    changeCounter: header.length < HEADER_BYTES ? 0 : header.readUInt32BE(24),
  };
}

async function hasContent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}

function unreadable(path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return failure('SOURCE_MISSING', `database ${path} does not exist`);
  return failure('SOURCE_UNREADABLE', `database ${path} cannot be read (${code})`);
}

/**
 * Reading a WAL database that nobody has open creates `-wal` and `-shm`; only a connection that may
 * write removes them again when it closes.
 */
export function openMode(source: SourceFile): OpenMode {
  return source.walMode && !source.hasWal ? 'mode=rw' : 'mode=ro';
}

/** Judges a call of sqlite3 that read the source and ended badly. */
export function sourceFailure(source: SourceFile, doing: string, outcome: CommandOutcome): Failure {
  const { stderr } = outcome;
  if (/readonly database|unable to open database/i.test(stderr)) {
    return { ...sqliteFailure('SOURCE_UNREADABLE', doing, outcome), hint: openingHint(source) };
  }
  if (/locked/i.test(stderr)) {
    const hint = 'Raise busyTimeout, or stop the writer with hooks.';
    return { ...sqliteFailure('SOURCE_FAILED', doing, outcome), hint };
  }
  const damaged = /malformed|not a database/i.test(stderr);
  return sqliteFailure(damaged ? 'SOURCE_CORRUPT' : 'SOURCE_FAILED', doing, outcome);
}

function openingHint(source: SourceFile): string {
  const folder = dirname(source.resolved);
  const file = basename(source.resolved);
  if (source.walMode) {
    return `The database is in WAL mode: mount ${folder} read-write and let this user write there, so that SQLite can use ${file}-wal and ${file}-shm.`;
  }
  if (source.hasJournal) {
    return `A writer crashed and left ${file}-journal: open the database once with its application, which rolls it back.`;
  }
  return `Let this user read ${source.resolved} and enter ${folder}.`;
}
