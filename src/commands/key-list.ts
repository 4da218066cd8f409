import type { KeyFacts } from '../domain/cryptography.ts';
import type { Plan } from '../domain/plan.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Ports } from './ports.ts';

export interface PlanKey {
  readonly facts: KeyFacts;
  /** `recipient of ops`, `signer ci (write, apply)`. */
  readonly uses: readonly string[];
}

/** Every public key that the plan names, once, with what it is for. */
export async function listKeys(ports: Ports, plan: Plan): Promise<Result<readonly PlanKey[]>> {
  const uses = new Map<string, string[]>();
  const add = (file: string, use: string): void => {
    uses.set(file, [...(uses.get(file) ?? []), use]);
  };
  for (const profile of Object.values(plan.encryption)) {
    for (const file of profile.recipients) add(file, `recipient of ${profile.name}`);
  }
  for (const signer of Object.values(plan.signing.keys)) {
    add(signer.key, `signer ${signer.name} (${signer.may.join(', ')})`);
  }
  const keys: PlanKey[] = [];
  for (const [file, own] of uses) {
    const facts = await ports.cryptography.inspect(file);
    if (!facts.ok) return facts;
    keys.push({ facts: facts.value, uses: own });
  }
  return ok(keys);
}
