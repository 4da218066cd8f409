import type { PrivateKeySource } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { decryptBytes, encryptBytes } from './openpgp-stream.ts';
import { loadRecipients } from './recipients.ts';
import { createSessionKeys } from './session-key.ts';

/** Encrypts a few kilobytes in memory to public keys, given as files or armored texts. */
export async function encryptSmall(bytes: Uint8Array, keys: readonly string[]): Promise<Result<Buffer>> {
  const recipients = await loadRecipients(keys);
  if (!recipients.ok) return recipients;
  return ok(
    await encryptBytes(
      bytes,
      recipients.value.map(({ key }) => key),
    ),
  );
}

/** Opens what `encryptSmall` made. NO_KEY and BAD_PASSPHRASE where they apply, CORRUPT where it is damaged. */
export async function decryptSmall(bytes: Uint8Array, source: PrivateKeySource): Promise<Result<Buffer>> {
  const keys = await createSessionKeys(source);
  if (!keys.ok) return keys;
  const sessionKey = await keys.value.find(bytes);
  if (!sessionKey.ok) return sessionKey;
  try {
    return ok(await decryptBytes(bytes, sessionKey.value));
  } catch {
    return failed(failure('CORRUPT', 'the encrypted data is damaged'));
  }
}
