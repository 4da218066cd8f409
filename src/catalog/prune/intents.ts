import type { Clock, Timers } from '../../domain/clock.ts';
import { ok, type Result } from '../../domain/result.ts';
import { newRunId } from '../ids.ts';
import { folders, intentKey, parseKey } from '../keys.ts';
import type { Repository } from '../repository.ts';

/** An intent that nobody renewed for this long, by the store's clock, counts no more. */
export const INTENT_TTL_MS = 3_600_000;
const RENEW_MS = INTENT_TTL_MS / 3;

export interface IntentRequest {
  readonly repository: Repository;
  readonly plan: string;
  readonly snapshotIds: readonly string[];
  readonly runId: string;
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface Intents {
  /** Takes them away. */
  release(): Promise<void>;
  /** Renews them no more; the last ones hold until they run out. */
  leave(): void;
}

/**
 * Says on a target that a run reads or writes these snapshots now, so that no prune deletes them
 * meanwhile. Never fails: a target that cannot be written to simply has none, and a prune never
 * relies on them for safety.
 */
export async function holdIntents(request: IntentRequest): Promise<Intents> {
  let keys = await announce(request, request.runId);
  let renewing = Promise.resolve();
  let cancel = keys.length === 0 ? () => undefined : schedule();
  function schedule(): () => void {
    return request.timers.after(RENEW_MS, () => {
      renewing = renew();
    });
  }
  async function renew(): Promise<void> {
    const fresh = await announce(request, newRunId(request.clock.nowMs()));
    // The old ones still hold where the new ones could not be written.
    if (fresh.length === keys.length) await withdraw(request, keys);
    keys = fresh.length === keys.length ? fresh : [...keys, ...fresh];
    cancel = isEnded ? cancel : schedule();
  }
  let isEnded = false;
  const leave = (): void => {
    isEnded = true;
    cancel();
  };
  return {
    leave,
    release: async () => {
      leave();
      await renewing;
      await withdraw(request, keys);
    },
  };
}

/** Whether some run says that it uses the snapshot. Without a usable clock of the store an intent never ends. */
export async function isInUse(
  { repository, plan }: Pick<IntentRequest, 'repository' | 'plan'>,
  snapshotId: string,
  nowStoreMs: number | undefined,
): Promise<Result<boolean>> {
  const listed = await repository.target.list(folders.intentsOf(plan, snapshotId));
  if (!listed.ok) return listed;
  const intents = listed.value.filter(({ key }) => parseKey(key)?.kind === 'intent');
  return ok(intents.some((intent) => isFresh(intent, nowStoreMs)));
}

export function isFresh({ modifiedMs }: { modifiedMs: number }, nowStoreMs: number | undefined): boolean {
  return nowStoreMs === undefined || nowStoreMs - modifiedMs < INTENT_TTL_MS;
}

/** A new object each time: none is ever written anew. Gives the keys that are there now. */
async function announce(request: IntentRequest, runId: string): Promise<readonly string[]> {
  const { repository, plan, snapshotIds, clock } = request;
  if (!repository.writable) return [];
  const at = new Date(clock.nowMs()).toISOString();
  const written = await Promise.all(
    snapshotIds.map(async (snapshotId) => {
      const key = intentKey(plan, snapshotId, runId);
      const created = await repository.target.create(
        key,
        Buffer.from(JSON.stringify({ snapshotId, runId, at })),
      );
      return created.ok ? [key] : [];
    }),
  );
  return written.flat();
}

async function withdraw({ repository }: IntentRequest, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => repository.target.remove(key)));
}
