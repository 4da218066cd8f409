import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Target } from '../../domain/target.ts';
import { folders } from '../keys.ts';
import { isProbeKey, probeKey } from './probe-key.ts';

/** Where a probe works, and what it has to clear away. */
export interface ProbeSite {
  readonly target: Target;
  readonly plan: string;
  readonly made: Set<string>;
}

/** A role that may not delete leaves its probes to `prune`; they must not become many. */
const MAX_LEFT = 64;

/** Also the first listing of the folder, which some stores then go on answering for a while. */
export async function openSite(target: Target, plan: string): Promise<Result<ProbeSite>> {
  const listed = await target.list(folders.leases(plan));
  if (!listed.ok) return listed;
  const left = listed.value.filter(({ key }) => isProbeKey(key)).length;
  if (left <= MAX_LEFT) return ok({ target, plan, made: new Set() });
  const message = `${String(left)} objects of earlier probes are still on target ${target.name}`;
  const hint = 'Run `backup-plan prune` where deleting is allowed: it collects them when they are a day old.';
  return failed(failure('TARGET_DENIED', message, { hint }));
}

/** Fails where the store calls a key taken that nobody can have used. */
export async function makeProbe(
  { target, plan, made }: ProbeSite,
  bytes: Uint8Array,
  key = probeKey(plan),
): Promise<Result<string>> {
  made.add(key);
  const created = await target.create(key, bytes);
  if (!created.ok) return created;
  return created.value === 'created'
    ? ok(key)
    : failed(failure('TARGET_IO', `target ${target.name} calls ${key} taken, which is new`));
}

/** What cannot be removed is left to `prune`. */
export async function clearSite({ target, made }: ProbeSite): Promise<void> {
  const keys = [...made];
  for (let start = 0; start < keys.length; start += AT_ONCE)
    await Promise.all(keys.slice(start, start + AT_ONCE).map((key) => target.remove(key)));
  made.clear();
}

export const AT_ONCE = 16;
