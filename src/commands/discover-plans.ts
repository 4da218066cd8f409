import { openRepository } from '../catalog/repository.ts';
import { parseKey } from '../catalog/keys.ts';
import { failure } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Ports } from './ports.ts';
import { createTarget } from './workspace.ts';

/** Names of the plans whose snapshots lie on the only target of `plan`. */
export async function discoverPlans(ports: Ports, plan: Plan): Promise<Result<readonly string[]>> {
  const verifier = await ports.cryptography.verifier(
    Object.values(plan.signing.keys).map(({ name, key, may }) => ({ name, keyFile: key, may })),
  );
  if (!verifier.ok) return verifier;
  const target = createTarget(ports, plan, plan.state);
  if (!target.ok) return target;
  const open = await target.value.open();
  if (!open.ok) return open;
  const repository = await openRepository({ target: target.value, verifier: verifier.value });
  if (!repository.ok) return repository;
  const listed = await target.value.list('');
  if (!listed.ok) return listed;
  await target.value.close();
  const names = new Set<string>();
  for (const { key } of listed.value) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'snapshot') names.add(parsed.plan);
  }
  if (names.size === 0) return failed(failure('NOT_FOUND', 'this target holds no snapshot'));
  return ok([...names].sort());
}
