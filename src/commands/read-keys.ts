import type { PrivateKeySource, Signer } from '../domain/cryptography.ts';
import type { Plan } from '../domain/plan.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { KeyOptions, Ports } from './ports.ts';

/**
 * Private keys for reading bundles, in the documented order: --key, the profiles' `privateKey`, the
 * user's own gpg keyring. A configured key that cannot be read does not hide the others.
 */
export async function readingKeys(ports: Ports, plan: Plan, options: KeyOptions): Promise<PrivateKeySource> {
  const armored: string[] = [];
  for (const profile of Object.values(plan.encryption)) {
    if (profile.privateKey === undefined) continue;
    const key = await ports.readReference(profile.privateKey, plan);
    if (key.ok) armored.push(key.value);
  }
  return {
    files: options.keyFiles,
    armored,
    keyring: true,
    ...(options.passphraseFile === undefined ? {} : { passphraseFile: options.passphraseFile }),
  };
}

export interface WriterKey {
  /** As the plan calls it. */
  readonly name: string;
  readonly signer: Signer;
  /** Its encryption subkey opens indexes and the log. */
  readonly armored: string;
}

/** This machine's signing key; SIGNER_UNUSABLE unless the plan pins it with the role `write`. */
export async function writerKey(ports: Ports, plan: Plan): Promise<Result<WriterKey>> {
  const armored = await ports.readReference(plan.signing.use, plan);
  if (!armored.ok) return armored;
  const signer = await ports.cryptography.signer(armored.value);
  if (!signer.ok) return signer;
  for (const pinned of Object.values(plan.signing.keys)) {
    const facts = await ports.cryptography.inspect(pinned.key);
    if (!facts.ok) return facts;
    if (facts.value.fingerprint !== signer.value.fingerprint) continue;
    if (pinned.may.includes('write')) {
      return ok({ name: pinned.name, signer: signer.value, armored: armored.value });
    }
    return failed(failure('SIGNER_UNUSABLE', `signing key "${pinned.name}" may not write`));
  }
  return failed(
    failure(
      'SIGNER_UNUSABLE',
      `the key of signing.use (${signer.value.fingerprint}) is not under signing.keys`,
    ),
  );
}
