import type { PrivateKeySource, Signer } from '../domain/cryptography.ts';
import type { Plan, SignerRole } from '../domain/plan.ts';
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

/** This machine's signing key, as the plan pins it. */
export interface MachineKey {
  /** As the plan calls it. */
  readonly name: string;
  readonly may: readonly SignerRole[];
  readonly signer: Signer;
  /** Its encryption subkey opens indexes and the log. */
  readonly armored: string;
}

/** A machine key that has the role `write`. */
export type WriterKey = MachineKey;

/** SIGNER_UNUSABLE unless the key of `signing.use` is under `signing.keys`. */
export async function machineKey(ports: Ports, plan: Plan): Promise<Result<MachineKey>> {
  const armored = await ports.readReference(plan.signing.use, plan);
  if (!armored.ok) return armored;
  const signer = await ports.cryptography.signer(armored.value);
  if (!signer.ok) return signer;
  for (const { name, key, may } of Object.values(plan.signing.keys)) {
    const facts = await ports.cryptography.inspect(key);
    if (!facts.ok) return facts;
    if (facts.value.fingerprint === signer.value.fingerprint)
      return ok({ name, may, signer: signer.value, armored: armored.value });
  }
  const { fingerprint } = signer.value;
  return failed(
    failure('SIGNER_UNUSABLE', `the key of signing.use (${fingerprint}) is not under signing.keys`),
  );
}

/** This machine's key; SIGNER_UNUSABLE unless the plan gives it the role `write`. */
export function writerKey(ports: Ports, plan: Plan): Promise<Result<WriterKey>> {
  return keyWithRole(ports, plan, 'write');
}

/** This machine's key; SIGNER_UNUSABLE unless the plan gives it the role `prune`. */
export function prunerKey(ports: Ports, plan: Plan): Promise<Result<MachineKey>> {
  return keyWithRole(ports, plan, 'prune');
}

async function keyWithRole(ports: Ports, plan: Plan, role: SignerRole): Promise<Result<MachineKey>> {
  const key = await machineKey(ports, plan);
  if (!key.ok || key.value.may.includes(role)) return key;
  return failed(
    failure('SIGNER_UNUSABLE', `signing key "${key.value.name}" may not ${role}`, {
      hint: `Add "${role}" to signing.keys.${key.value.name}.may, or run this where a key with that role is.`,
    }),
  );
}
