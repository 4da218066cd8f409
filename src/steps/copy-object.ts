import { createHash } from 'node:crypto';
import { FAILURE_KINDS, failure, type Failure, type FailureCode } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { formatBytes } from '../domain/size.ts';
import type { ObjectBytes, ObjectUpload, StagedFile, Target } from '../domain/target.ts';
import { blameSource, blameTarget, damageOf, type ObjectCopied, type ObjectCopy } from './object-copy.ts';
import type { RunContext } from './ports.ts';
import { withStagedCopy } from './staged-copy.ts';

/**
 * Copies one object from target to target, checked against its digest before it is visible: a local
 * file as it is, else straight through where the target takes a stream, else by way of a file.
 */
export async function copyObject(run: RunContext, copy: ObjectCopy): Promise<ObjectCopied> {
  const { object, from, to, transfer } = copy;
  const { signal } = transfer;
  const read = await from.read(object.key, signal === undefined ? {} : { signal });
  if (!read.ok) return blameSource(read.failure);
  if (read.value.size !== object.bytes) return blameSource(wrongSize(copy, read.value.size));
  const room = await checkRoom(to, object.bytes);
  if (!room.ok) return blameTarget(room.failure);
  const { localPath } = read.value;
  if (localPath !== undefined) return upload(copy, { ...object, path: localPath });
  const start = to.startUpload?.bind(to);
  if (start === undefined)
    return withStagedCopy(run, { copy, bytes: read.value }, (file) => upload(copy, file));
  const started = await start(object.key, transfer);
  return started.ok ? stream(copy, read.value, started.value) : blameTarget(started.failure);
}

/** What a transfer of a file says about the file: it is not what the record promises. */
const BAD_FILE: ReadonlySet<FailureCode> = new Set(['CORRUPT', 'TRUNCATED', 'NOT_FOUND']);

async function upload({ object, to, transfer }: ObjectCopy, file: StagedFile): Promise<ObjectCopied> {
  const uploaded = await to.upload(object.key, file, transfer);
  if (uploaded.ok) return confirm(object, to);
  return BAD_FILE.has(uploaded.failure.code) ? blameSource(uploaded.failure) : blameTarget(uploaded.failure);
}

async function stream(
  { object, from, to }: ObjectCopy,
  read: ObjectBytes,
  into: ObjectUpload,
): Promise<ObjectCopied> {
  const hash = createHash('sha256');
  let total = 0;
  for await (const chunk of read.bytes) {
    hash.update(chunk);
    total += chunk.length;
    const written = await into.write(chunk);
    if (written.ok) continue;
    await into.abort();
    return blameTarget(written.failure);
  }
  const broken = read.failure() ?? damageOf({ object, from }, { total, sha256: hash.digest('hex') });
  if (broken !== undefined) {
    await into.abort();
    return blameSource(broken);
  }
  const finished = await into.finish(object);
  // Its reply may be lost: then what lies there is the answer.
  if (!finished.ok && !FAILURE_KINDS[finished.failure.code].retryable) return blameTarget(finished.failure);
  return confirm(object, to);
}

async function confirm({ key, bytes }: ObjectCopy['object'], to: Target): Promise<ObjectCopied> {
  const facts = await to.stat(key);
  if (!facts.ok) return blameTarget(facts.failure);
  if (facts.value?.size === bytes) return { ok: true };
  const found = facts.value === undefined ? 'is not there' : `has ${formatBytes(facts.value.size)}`;
  return blameTarget(
    failure('TARGET_IO', `${key} on ${to.name} ${found} where ${formatBytes(bytes)} were written`),
  );
}

async function checkRoom(to: Target, bytes: number): Promise<Result<void>> {
  const space = await to.space();
  if (!space.ok || space.value === undefined || space.value.freeBytes >= bytes) return ok();
  const free = formatBytes(space.value.freeBytes);
  return failed(
    failure('TARGET_FULL', `target ${to.name} has ${free} free, ${formatBytes(bytes)} are needed`),
  );
}

function wrongSize({ object, from }: ObjectCopy, size: number): Failure {
  return failure(
    'CORRUPT',
    `${object.key} on ${from.name} has ${formatBytes(size)} instead of ${formatBytes(object.bytes)}`,
  );
}
