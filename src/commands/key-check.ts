import { randomBytes } from 'node:crypto';
import { decryptSmall, encryptSmall } from '../bundle/small.ts';
import type { Opener, PrivateKeySource } from '../domain/cryptography.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { EncryptionProfile } from '../domain/plan.ts';
import { IndexUnreadable } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { chainLink } from '../steps/chain-link.ts';
import type { Workspace } from './workspace.ts';

export interface KeyCheck {
  readonly profile: string;
  /** A fresh canary, encrypted to the profile's recipients. */
  readonly canary: 'opened' | Failure;
  /** The index of the newest snapshot of the profile; absent where there is none yet. */
  readonly stored?: { readonly snapshotId: string; readonly result: 'opened' | Failure };
}

interface CheckRequest {
  readonly workspace: Workspace;
  readonly keys: PrivateKeySource;
  readonly opener: Opener;
  readonly signal: AbortSignal;
}

/** Proves, per encryption profile, that the private keys at hand open what was and what would be written. */
export async function checkKeys(request: CheckRequest): Promise<readonly KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const profile of Object.values(request.workspace.plan.encryption)) {
    const canary = await openCanary(profile, request.keys);
    const newest = newestOf(request.workspace, profile);
    const stored = newest === undefined ? undefined : await openStored(request, newest);
    checks.push({
      profile: profile.name,
      canary: canary.ok ? 'opened' : canary.failure,
      ...(newest === undefined || stored === undefined
        ? {}
        : { stored: { snapshotId: newest.id, result: stored.ok ? 'opened' : stored.failure } }),
    });
  }
  return checks;
}

const CANARY_BYTES = 32;

async function openCanary(profile: EncryptionProfile, keys: PrivateKeySource): Promise<Result<void>> {
  const canary = randomBytes(CANARY_BYTES);
  const sealed = await encryptSmall(canary, profile.recipients);
  if (!sealed.ok) return sealed;
  const opened = await decryptSmall(sealed.value, keys);
  if (!opened.ok) return opened;
  return opened.value.equals(canary) ? ok() : failed(failure('CORRUPT', 'the canary came back changed'));
}

function newestOf({ plan, catalog }: Workspace, profile: EncryptionProfile): Snapshot | undefined {
  const used = (one: Snapshot): boolean =>
    one.record.artifacts.some((artifact) => artifact.encryption.profile === profile.name);
  return catalog.snapshots.findLast((one) => one.plan === plan.name && one.good && used(one));
}

/** Reads the index only: small, and encrypted to the same recipients. */
async function openStored(
  { workspace, opener, signal }: CheckRequest,
  snapshot: Snapshot,
): Promise<Result<void>> {
  const copy = snapshot.copies.find((one) => workspace.repositories.has(one.target));
  const repository = copy && workspace.repositories.get(copy.target);
  if (copy === undefined || repository === undefined) {
    return failed(failure('TARGET_UNREACHABLE', `no target with ${snapshot.id} is open`));
  }
  const lines = await chainLink({ record: copy.record, repository, opener, signal }).index();
  if (!lines.ok) return lines;
  try {
    for await (const line of lines.value) line.at(0);
    return ok();
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
}
