import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { failureFromErrno } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { compareStored } from './compare-stored.ts';
import { digestStaged } from './digests.ts';
import { findObject, statObject } from './entries.ts';
import { addressOf, temporaryKey, type Place } from './place.ts';
import { sendFile } from './send-file.ts';

export type Publication = 'created' | 'exists';

/**
 * Looks, sends and checks what lies there. Where the store can rename, an object gets its name only when
 * it has been checked; in a bucket it appears whole under its name, and a bad one is told.
 */
export async function uploadFile(
  place: Place,
  key: string,
  file: StagedFile,
  options: TransferOptions = {},
): Promise<Result<Publication>> {
  const sent = await sendAndCheck(place, { key, file, options });
  if (!sent.ok || sent.value !== 'other') return sent as Result<Publication>;
  return failed(failure('CORRUPT', `${key} is not what was sent: ${OTHER_BYTES}`));
}

/** As `uploadFile`; what turns out to be somebody else's is theirs. */
export async function createObject(
  place: Place,
  key: string,
  bytes: Uint8Array,
): Promise<Result<Publication>> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'backup-plan-rclone-'));
    const path = join(folder, 'object');
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
    const file = { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    const sent = await sendAndCheck(place, { key, file, options: {} });
    // Its reader finds out whose it is, and whether it is whole.
    return sent.ok && sent.value === 'other' ? ok('exists') : (sent as Result<Publication>);
  } catch (error) {
    return failed(failureFromErrno(error, 'writing a temporary file'));
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

const OTHER_BYTES = 'the store damages what it gets, or somebody else wrote at the same moment';

interface Upload {
  readonly key: string;
  readonly file: StagedFile;
  readonly options: TransferOptions;
}

async function sendAndCheck(place: Place, upload: Upload): Promise<Result<Publication | 'other'>> {
  const { key, file, options } = upload;
  const { signal, pace } = options;
  const [hashType] = place.readBack ? [] : place.features.hashes;
  const digest = await digestStaged(file, hashType, signal);
  if (!digest.ok) return digest;
  const taken = await statObject(place, key, { signal });
  if (!taken.ok) return taken;
  if (taken.value !== undefined) return ok('exists');
  // The program cannot be held up on its way, so that its bytes are waited for together.
  await pace?.(file.bytes);
  if (signal?.aborted === true) return failed(failure('INTERRUPTED', `uploading ${key} was interrupted`));
  const expected = { file, hashType, digest: digest.value, options };
  return place.features.move ? sendThenRename(place, key, expected) : sendTo(place, key, expected);
}

export interface Expected {
  readonly file: StagedFile;
  readonly hashType: string | undefined;
  readonly digest: string | undefined;
  readonly options: TransferOptions;
}

async function sendTo(place: Place, key: string, expected: Expected): Promise<Result<'created' | 'other'>> {
  const { file, options } = expected;
  const { signal, onProgress } = options;
  const to = addressOf(place, key);
  const sent = await sendFile(place.rclone, { from: file.path, to, bytes: file.bytes, signal, onProgress });
  if (!sent.ok) return sent;
  const compared = await compareStored(place, key, expected);
  if (compared.ok && compared.value === 'created') onProgress?.(file.bytes);
  return compared;
}

async function sendThenRename(
  place: Place,
  key: string,
  expected: Expected,
): Promise<Result<Publication | 'other'>> {
  const temporary = temporaryKey(place);
  const sent = await sendTo(place, temporary, expected);
  const moved =
    sent.ok && sent.value === 'created' ? await renameInto(place, { temporary, key, expected }) : sent;
  if (moved.ok && moved.value === 'created') return ok('created');
  // What cannot be removed now is collected by a prune.
  await place.rclone.run('removing an upload', ['deletefile', '--', addressOf(place, temporary)]);
  if (moved.ok && moved.value === 'other')
    return failed(failure('CORRUPT', `what was sent for ${key} is not what lies there: ${OTHER_BYTES}`));
  return moved;
}

interface Renaming {
  readonly temporary: string;
  readonly key: string;
  readonly expected: Expected;
}

/** Leaves the temporary object where the name was taken meanwhile, and says nothing of it: so one looks. */
async function renameInto(
  place: Place,
  { temporary, key, expected: { file, options } }: Renaming,
): Promise<Result<Publication>> {
  const { signal } = options;
  const [from, to] = [addressOf(place, temporary), addressOf(place, key)];
  const moved = await place.rclone.run(`naming ${key}`, ['moveto', '--ignore-existing', '--', from, to], {
    signal,
  });
  if (!moved.ok) return moved;
  const [left, there] = await Promise.all([
    findObject(place, temporary, { signal }),
    findObject(place, key, { signal }),
  ]);
  if (!left.ok) return left;
  if (!there.ok) return there;
  if (left.value !== undefined && there.value !== undefined) return ok('exists');
  if (there.value?.size === file.bytes) return ok('created');
  return failed(failure('TARGET_IO', `${key} was named, but does not lie there whole`));
}
