import type { Key } from 'openpgp';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { encryptionKeyIds, factsOf } from './key-facts.ts';
import { fingerprintOf, loadKey } from './key-file.ts';

/** A public key that new messages are encrypted to. */
export interface Recipient {
  readonly key: Key;
  readonly fingerprint: string;
  /** Under which of these ids a message names it is the engine's choice. */
  readonly keyIds: readonly string[];
  /** It announces that it reads AEAD, so newer engines would use it by themselves. */
  readonly wantsAead: boolean;
}

/** Loads keys from files or armored texts; all must be usable, or none is. */
export async function loadRecipients(keys: readonly string[]): Promise<Result<Recipient[]>> {
  const recipients = new Map<string, Recipient>();
  for (const file of keys) {
    const stored = await loadKey(file, 'RECIPIENT_UNUSABLE');
    if (!stored.ok) return stored;
    const { defect, fingerprint } = await factsOf(stored.value);
    if (defect !== undefined) {
      return failed(
        failure('RECIPIENT_UNUSABLE', `the key ${stored.value.file} ${defect}`, { facts: { fingerprint } }),
      );
    }
    recipients.set(fingerprint, await recipient(stored.value.key.toPublic()));
  }
  if (recipients.size > 0) return ok([...recipients.values()]);
  return failed(failure('RECIPIENT_UNUSABLE', 'there is no recipient'));
}

async function recipient(key: Key): Promise<Recipient> {
  return {
    key,
    fingerprint: fingerprintOf(key),
    keyIds: await encryptionKeyIds(key),
    wantsAead: await wantsAead(key),
  };
}

/** Features of RFC 9580 and of GnuPG's own draft. */
const AEAD_FEATURES = 0x0a;

async function wantsAead(key: Key): Promise<boolean> {
  const { selfCertification } = await key.getPrimaryUser();
  return ((selfCertification.features?.[0] ?? 0) & AEAD_FEATURES) !== 0;
}
