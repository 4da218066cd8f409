import { ok, type Result } from '../../domain/result.ts';
import type { Repository } from '../repository.ts';
import { probeDataKey } from './probe-key.ts';
import { clearSite, makeProbe, type ProbeSite } from './probe-site.ts';

/** The one question by itself, for credentials of which no probe tells. */
export async function askRemoval({ target }: Repository, plan: string): Promise<Result<boolean | undefined>> {
  const site: ProbeSite = { target, plan, made: new Set() };
  const asked = await probeRemoval(site);
  if (!asked.ok) await clearSite(site);
  return asked;
}

/**
 * Whether these credentials may delete data; undefined where they may not even create it. Asked
 * first with a key that is not there, which leaves nothing behind where the store refuses.
 */
export async function probeRemoval(site: ProbeSite): Promise<Result<boolean | undefined>> {
  const { target, plan } = site;
  const key = probeDataKey(plan);
  const absent = await target.remove(key);
  if (!absent.ok) return absent.failure.code === 'TARGET_DENIED' ? ok(false) : absent;
  const made = await makeProbe(site, new Uint8Array(), key);
  if (!made.ok) return made.failure.code === 'TARGET_DENIED' ? ok(undefined) : made;
  const removed = await target.remove(key);
  if (!removed.ok) return removed.failure.code === 'TARGET_DENIED' ? ok(false) : removed;
  site.made.delete(key);
  const left = await target.stat(key);
  return left.ok ? ok(left.value === undefined) : left;
}
