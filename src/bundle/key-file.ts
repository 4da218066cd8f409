import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { readKeys } from 'openpgp';
import type { Key } from 'openpgp';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';
import { failure } from '../domain/failure.ts';
import type { FailureCode } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';

/** A key as it lies in its file. */
export interface StoredKey {
  /** Path, or `(armored)` for one that a secret yielded. */
  readonly file: string;
  readonly key: Key;
}

const MAX_KEY_BYTES = 1_048_576;
const ARMOR = '-----BEGIN PGP';

/** Reads the one key of a file, armored or binary; `code` is how a failure counts for the caller. */
export async function loadKey(fileOrArmor: string, code: FailureCode): Promise<Result<StoredKey>> {
  const keys = await loadKeys(fileOrArmor, code);
  if (!keys.ok) return keys;
  const [first, ...more] = keys.value;
  if (first !== undefined && more.length === 0) return ok(first);
  return failed(
    failure(code, `${nameOf(fileOrArmor)} holds ${String(keys.value.length)} keys instead of one`),
  );
}

/** Reads every key of a file, or of an armored text. */
export async function loadKeys(fileOrArmor: string, code: FailureCode): Promise<Result<StoredKey[]>> {
  const file = nameOf(fileOrArmor);
  const bytes = isArmor(fileOrArmor) ? ok(Buffer.from(fileOrArmor)) : await readSmallFile(file, code);
  if (!bytes.ok) return bytes;
  try {
    const text = bytes.value.toString('latin1');
    const keys = text.includes(ARMOR)
      ? await readKeys({ armoredKeys: text })
      : await readKeys({ binaryKeys: new Uint8Array(bytes.value) });
    return ok(keys.map((key) => ({ file, key })));
  } catch {
    return failed(failure(code, `${file} is not an OpenPGP key`));
  }
}

async function readSmallFile(file: string, code: FailureCode): Promise<Result<Buffer>> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await handle.stat();
      if (size > MAX_KEY_BYTES) return failed(failure(code, `${file} is too large for a key`));
      return ok(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return failed({ ...failureFromErrno(error, `cannot read the key ${file}`), code });
  }
}

function isArmor(fileOrArmor: string): boolean {
  return fileOrArmor.trimStart().startsWith(ARMOR);
}

function nameOf(fileOrArmor: string): string {
  return isArmor(fileOrArmor) ? '(armored)' : fileOrArmor;
}

/** Upper-case hex, as GnuPG prints it. */
export function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}
