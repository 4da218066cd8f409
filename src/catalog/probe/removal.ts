import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Repository } from '../repository.ts';
import { probeDataKey } from './probe-key.ts';
import { clearSite, makeProbe, type ProbeSite } from './probe-site.ts';

export interface Removal {
  /** Whether these credentials may delete data; absent where that cannot be told. */
  readonly mayRemove?: boolean;
  /** What was made just now is locked against deletion, whoever asks. */
  readonly lock: boolean;
}

/** The one question by itself, for credentials of which no probe tells. */
export async function askRemoval({ target }: Repository, plan: string): Promise<Result<Removal>> {
  const site: ProbeSite = { target, plan, made: new Set() };
  const asked = await probeRemoval(site);
  if (!asked.ok) await clearSite(site);
  return asked;
}

/** False where the store refuses to delete even what is not there; undefined where it says nothing. */
export async function askRemovalOfNothing({ target }: Repository, plan: string): Promise<false | undefined> {
  const removed = await target.remove(probeDataKey(plan));
  return !removed.ok && removed.failure.code === 'TARGET_DENIED' ? false : undefined;
}

/** Asks first for a key that is not there, which leaves nothing behind where the store refuses. */
export async function probeRemoval(site: ProbeSite): Promise<Result<Removal>> {
  const { target, plan } = site;
  const key = probeDataKey(plan);
  const absent = await target.remove(key);
  if (!absent.ok) return whyNot(absent.failure) ?? absent;
  const made = await makeProbe(site, new Uint8Array(), key);
  if (!made.ok) return made.failure.code === 'TARGET_DENIED' ? ok({ lock: false }) : made;
  const removed = await target.remove(key);
  if (!removed.ok) return whyNot(removed.failure) ?? removed;
  site.made.delete(key);
  const left = await target.stat(key);
  return left.ok ? ok({ mayRemove: left.value === undefined, lock: false }) : left;
}

function whyNot({ code, facts }: Failure): Result<Removal> | undefined {
  if (code !== 'TARGET_DENIED') return undefined;
  return ok(facts?.['locked'] === true ? { lock: true } : { mayRemove: false, lock: false });
}
