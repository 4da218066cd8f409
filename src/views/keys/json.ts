import type { KeyFacts } from '../../domain/cryptography.ts';
import type { Failure } from '../../domain/failure.ts';
import { failureDocument } from '../failure/json.ts';
import { isoText } from '../time.ts';

/** `key list --json`. */
export function keyListDocument(
  plan: string,
  keys: readonly { readonly facts: KeyFacts; readonly uses: readonly string[] }[],
): object {
  return {
    format: 'backup-plan/key-list@1.0',
    plan,
    keys: keys.map(({ facts, uses }) => keyDocument(facts, uses)),
  };
}

function keyDocument({ created, expiresMs, ...facts }: KeyFacts, uses: readonly string[]): object {
  return {
    ...facts,
    createdAt: created,
    ...(expiresMs !== undefined && { expiresAt: isoText(expiresMs) }),
    uses,
  };
}

interface CheckedProfile {
  readonly profile: string;
  readonly canary: 'opened' | Failure;
  readonly stored?: { readonly snapshotId: string; readonly result: 'opened' | Failure };
}

/** `key check --json`. */
export function keyCheckDocument(plan: string, profiles: readonly CheckedProfile[]): object {
  return {
    format: 'backup-plan/key-check@1.0',
    plan,
    profiles: profiles.map(({ profile, canary, stored }) => ({
      profile,
      canary: resultDocument(canary),
      ...(stored !== undefined && {
        stored: { snapshotId: stored.snapshotId, ...resultDocument(stored.result) },
      }),
    })),
  };
}

function resultDocument(result: 'opened' | Failure): object {
  return result === 'opened' ? { result } : { result: 'failed', failure: failureDocument(result) };
}
