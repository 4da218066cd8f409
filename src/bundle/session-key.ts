import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decryptKey, decryptSessionKeys, readMessage } from 'openpgp';
import type { PrivateKey } from 'openpgp';
import type { PrivateKeySource } from '../domain/cryptography.ts';
import { failureFromErrno } from '../domain/errno.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { loadKeys } from './key-file.ts';
import { EMPTY_BODY, laterMessage } from './key-packets.ts';
import { MAX_HEAD_BYTES, readHead } from './message-head.ts';
import type { MessageHead } from './message-head.ts';
import { sessionKeyFromKeyring } from './keyring.ts';
import type { KeyringRequest } from './keyring.ts';

/** Finds the session key of a message; needs nothing but its first packets. */
export interface SessionKeys {
  /**
   * `start` holds the head of a message of ours; `laterKeys` yields key packets that were added
   * since. NO_KEY and BAD_PASSPHRASE where they apply.
   */
  find(start: Uint8Array, laterKeys?: () => Promise<readonly Uint8Array[]>): Promise<Result<Uint8Array>>;
}

interface Unlocking {
  readonly keys: PrivateKey[];
  readonly passphrase: string | undefined;
}

/** Reads the private keys now, unlocks each of them when a message needs it. */
export async function createSessionKeys(
  source: PrivateKeySource,
  keyring?: Pick<KeyringRequest, 'tools' | 'environment'>,
): Promise<Result<SessionKeys>> {
  const keys = await loadPrivateKeys(source);
  if (!keys.ok) return keys;
  const passphrase = await readPassphrase(source.passphraseFile);
  if (!passphrase.ok) return passphrase;
  const unlocking: Unlocking = { keys: keys.value, passphrase: passphrase.value };
  return ok({
    async find(start, laterKeys = () => Promise.resolve([])) {
      const reading = readHead(start.subarray(0, MAX_HEAD_BYTES));
      if (reading.kind !== 'head')
        return failed(failure('CORRUPT', 'the bundle is not an encrypted message of this format'));
      const own = { head: reading.head, message: headOnly(start, reading.head) };
      let found = await fromKeys(unlocking, own.head, own.message);
      if (found.ok) return found;
      const candidates = [own, ...(await laterKeys()).flatMap((packets) => laterMessage(packets) ?? [])];
      for (const { head, message } of candidates.slice(1)) {
        const later = await fromKeys(unlocking, head, message);
        if (later.ok) return later;
      }
      if (!source.keyring || keyring === undefined) return found;
      for (const { message } of candidates) {
        const { passphraseFile } = source;
        const otherwise: Failure = found.failure;
        found = await sessionKeyFromKeyring({ ...keyring, message, passphraseFile, otherwise });
        if (found.ok) return found;
      }
      return found;
    },
  });
}

async function loadPrivateKeys({ files, armored }: PrivateKeySource): Promise<Result<PrivateKey[]>> {
  const keys: PrivateKey[] = [];
  for (const fileOrArmor of [...files.map((file) => path.resolve(file)), ...armored]) {
    const loaded = await loadKeys(fileOrArmor, 'NO_KEY');
    if (!loaded.ok) return loaded;
    for (const { file, key } of loaded.value) {
      if (!key.isPrivate())
        return failed(failure('NO_KEY', `${file} holds a public key; the private one is needed`));
      keys.push(key);
    }
  }
  return ok(keys);
}

/** The first line, as gpg reads it. */
async function readPassphrase(file: string | undefined): Promise<Result<string | undefined>> {
  if (file === undefined) return ok(undefined);
  try {
    return ok((await readFile(file, 'utf8')).split(/\r?\n/, 1)[0]);
  } catch (error) {
    return failed({
      ...failureFromErrno(error, `cannot read the passphrase file ${file}`),
      code: 'BAD_PASSPHRASE',
    });
  }
}

const ANYBODY = '0000000000000000';

async function fromKeys(
  unlocking: Unlocking,
  head: MessageHead,
  message: Buffer,
): Promise<Result<Uint8Array>> {
  const { keys } = unlocking;
  const hidden = head.keyIds.includes(ANYBODY);
  let reason = failure(
    'NO_KEY',
    keys.length === 0
      ? `no private key was given; one of ${head.keyIds.join(', ')} is needed`
      : `none of the private keys given is one of the recipients ${head.keyIds.join(', ')}`,
  );
  for (const [index, key] of keys.entries()) {
    if (!hidden && !key.getKeyIDs().some((id) => head.keyIds.includes(id.toHex()))) continue;
    const unlocked = await unlock(key, unlocking.passphrase);
    if (!unlocked.ok) {
      reason = unlocked.failure;
      continue;
    }
    keys[index] = unlocked.value;
    const sessionKey = await decryptWith(unlocked.value, message);
    if (sessionKey !== undefined) return ok(sessionKey);
    reason = failure(
      'NO_KEY',
      `the private key ${key.getFingerprint().toUpperCase()} does not open this bundle`,
    );
  }
  return failed(reason);
}

async function unlock(key: PrivateKey, passphrase: string | undefined): Promise<Result<PrivateKey>> {
  if (key.isDecrypted()) return ok(key);
  const name = key.getFingerprint().toUpperCase();
  if (passphrase === undefined) {
    return failed(
      failure('NO_KEY', `the private key ${name} is locked`, {
        hint: 'Pass --passphrase-file FILE with its passphrase.',
      }),
    );
  }
  try {
    return ok(await decryptKey({ privateKey: key, passphrase }));
  } catch {
    return failed(failure('BAD_PASSPHRASE', `the passphrase does not unlock the private key ${name}`));
  }
}

async function decryptWith(key: PrivateKey, head: Buffer): Promise<Uint8Array | undefined> {
  try {
    const message = await readMessage({ binaryMessage: new Uint8Array(head) });
    const found = await decryptSessionKeys({ message, decryptionKeys: key });
    return found.find(({ algorithm }) => algorithm === 'aes256')?.data;
  } catch {
    return undefined;
  }
}

/** The session key packets with a body that nobody will read. */
function headOnly(start: Uint8Array, { bodyOffset }: MessageHead): Buffer {
  return Buffer.concat([start.subarray(0, bodyOffset), EMPTY_BODY]);
}
