import type { LogEntry } from '../domain/applied-plan.ts';
import type { Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Failed, type Result } from '../domain/result.ts';
import { checkBinding } from './binding.ts';
import { MAX_RECORD_BYTES, openEnvelope } from './envelope.ts';
import { folders, logKey, parseKey } from './keys.ts';
import { parseLogEntry } from './log-entry.ts';
import type { Repository } from './repository.ts';

export interface LogPlace {
  readonly repository: Repository;
  readonly verifier: Verifier;
  readonly plan: string;
}

export interface ReadLogEntry {
  readonly entry: LogEntry;
  /** Hex SHA-256 of the payload bytes; the next entry names it. */
  readonly sha256: string;
}

/** Serial of the newest entry, 0 for an empty log. A log with a hole in it cannot be read. */
export async function lastSerial({ repository, plan }: LogPlace): Promise<Result<number>> {
  const listed = await repository.target.list(folders.log(plan));
  if (!listed.ok) return listed;
  const serials = listed.value
    .map(({ key }) => parseKey(key))
    .flatMap((key) => (key?.kind === 'log' ? [key.serial] : []));
  const isWhole = serials.every((serial, index) => serial === index + 1);
  return isWhole ? ok(serials.length) : unreadable('an entry is missing');
}

/** Reads one entry that must be there. */
export async function readLogEntry(place: LogPlace, serial: number): Promise<Result<ReadLogEntry>> {
  const { repository, verifier, plan } = place;
  const key = logKey(plan, serial);
  const bytes = await repository.target.get(key, MAX_RECORD_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return unreadable(`${key} is gone`);
  const opened = await openEnvelope(verifier, bytes.value, 'apply');
  if (!opened.ok) return unreadable(`${key}: ${opened.failure.message}`);
  const { repoId, targetId } = repository;
  const bound = checkBinding(opened.value.payload, { type: 'log', repoId, targetId, plan, key });
  if (!bound.ok) return unreadable(`${key}: ${bound.failure.message}`);
  const parsed = parseLogEntry(opened.value.payload);
  if (!parsed.ok) return unreadable(`${key}: ${parsed.failure.message}`);
  return parsed.value.serial === serial
    ? ok({ entry: parsed.value, sha256: opened.value.payloadSha256 })
    : unreadable(`${key} has another serial`);
}

/** Goes back from `serial` to the newest entry that fits, checking that each names the one before. */
export async function findBack(
  place: LogPlace,
  serial: number,
  fits: (entry: LogEntry) => boolean,
): Promise<Result<ReadLogEntry | undefined>> {
  let expected: string | undefined;
  for (let at = serial; at > 0; at -= 1) {
    const read = await readLogEntry(place, at);
    if (!read.ok) return read;
    if (expected !== undefined && read.value.sha256 !== expected)
      return unreadable(`entry ${String(at)} is not the one that the next names`);
    if (fits(read.value.entry)) return ok(read.value);
    expected = read.value.entry.prev?.sha256;
  }
  return ok(undefined);
}

function unreadable(message: string): Failed {
  return failed(failure('LOG_UNREADABLE', message));
}
