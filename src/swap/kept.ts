import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { lookAt } from './entry.ts';
import type { SwapPlan } from './plan.ts';

/** Refuses where a live place was replaced, and what it was before has been removed since. */
export async function checkKept({ places, known }: SwapPlan): Promise<Result<void>> {
  for (const { live, safety, staged, discarded, hadLive } of places) {
    if (staged === undefined || !hadLive) continue;
    const traces = await Promise.all([safety, staged, discarded].map((path) => lookAt(path, known)));
    for (const one of traces) if (!one.ok) return one;
    if (traces.some((one) => one.ok && one.value !== undefined)) continue;
    return failed(failure('UNDO_REFUSED', `what ${live} was before is gone from ${safety}`));
  }
  return ok();
}
