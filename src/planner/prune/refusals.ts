import { failure, type Failure } from '../../domain/failure.ts';
import type { ResourceSpec } from '../../domain/plan.ts';
import type { CatalogProblem, Snapshot } from '../../domain/snapshot.ts';
import { formatDuration } from '../../domain/duration.ts';
import { CLOCK_TOLERANCE_MS, type History } from '../history.ts';
import { latenessOn } from '../status/lateness.ts';
import type { TickMemory } from '../tick-memory.ts';
import { pruneTrustRefusal } from '../store-trust.ts';
import type { PruneInput } from './prune-input.ts';
import type { Policies, Release } from './release.ts';

/** Why nothing at all is deleted on a target. */
export function targetRefusal(
  target: string,
  { plan, catalog, nowMs, targets }: PruneInput,
): Failure | undefined {
  const { storeNowMs, mayRemove } = targets[target] ?? {};
  const gap = catalog.problems.find((one) => one.target === target && isGap(one));
  if (gap !== undefined) return failure(gap.code, gap.message);
  if (!catalog.read.has(target)) return failure('CATALOG_GAP', 'not all of its records could be read');
  if (mayRemove === false)
    return failure('TARGET_DENIED', `the credentials of target ${target} do not allow to delete there`, {
      hint: 'Prune where credentials with the right to delete are, and say `prune: separate` for the target.',
    });
  const weak = pruneTrustRefusal({ plan, catalog, target, nowMs });
  if (weak !== undefined) return weak;
  const apartMs = storeNowMs === undefined ? 0 : nowMs - storeNowMs;
  if (Math.abs(apartMs) <= CLOCK_TOLERANCE_MS) return undefined;
  const ahead = apartMs > 0 ? 'ahead of' : 'behind';
  const message = `the clock of this machine is ${formatDuration(Math.abs(apartMs))} ${ahead} that of the store`;
  return failure('CLOCK_SUSPECT', message);
}

/** What is not there although it was: nobody can say what else is missing. */
function isGap({ code }: CatalogProblem): boolean {
  return code === 'CATALOG_GAP' || code === 'TARGET_ROLLED_BACK';
}

export interface Releasing {
  readonly resource: ResourceSpec;
  readonly target: string;
  readonly policies: Policies;
  /** What is there and not condemned. */
  readonly live: readonly Snapshot[];
  readonly release: Release;
  /** What is good and not condemned there. */
  readonly history: () => History;
  readonly ticks: TickMemory;
  readonly nowMs: number;
  /** A backup of it is taken before anything is deleted. */
  readonly backedUpFirst: boolean;
}

/** Why nothing of a resource is deleted: ages cannot be trusted, or there is too little to fall back on. */
export function resourceRefusal(releasing: Releasing): Failure | undefined {
  return clockRefusal(releasing) ?? overdueRefusal(releasing) ?? floorRefusal(releasing);
}

function clockRefusal({ live, nowMs }: Releasing): Failure | undefined {
  const future = live.find(({ consistentAtMs }) => consistentAtMs > nowMs + CLOCK_TOLERANCE_MS);
  return future && failure('CLOCK_SUSPECT', `${future.id} is dated in the future`);
}

/** Only what goes to this target can be late there. */
function overdueRefusal({ resource, target, backedUpFirst, ...context }: Releasing): Failure | undefined {
  if (backedUpFirst) return undefined;
  const late = latenessOn(resource, target, { ...context, history: context.history() });
  return late && failure('BACKUP_OVERDUE', late.message);
}

/** Retention never releases so much by itself: this guards against its own mistakes. */
export function floorRefusal({
  policies,
  live,
  release,
}: Pick<Releasing, 'policies' | 'live' | 'release'>): Failure | undefined {
  const gone = new Set(release.fresh.flat().map(({ id }) => id));
  const good = live.filter((snapshot) => snapshot.good);
  const stay = good.filter(({ id }) => !gone.has(id));
  for (const mode of new Set(release.fresh.flat().map((snapshot) => snapshot.mode))) {
    const before = good.filter((snapshot) => snapshot.mode === mode).length;
    const after = stay.filter((snapshot) => snapshot.mode === mode).length;
    const floor = Math.min(Math.max(policies[mode]?.minimum ?? 1, 1), before);
    if (after < floor) {
      const message = `${String(after)} good snapshots of mode ${mode} would be left, the minimum is ${String(floor)}`;
      return failure('LAST_GOOD', message);
    }
  }
  if (stay.length > 0 || release.confirmed.length === 0) return undefined;
  return failure('LAST_GOOD', 'no good snapshot would be left');
}

/** Shares are written in percent, and 0.29 * 100 is less than 29. */
const ROUNDING = 1e-9;

/**
 * What a policy change or a mistake releases at once, beyond the share of good snapshots that may
 * go unasked. One chain always may; what was condemned before was counted then.
 */
export function guardRefusal(
  { policies, live, release: { fresh } }: Pick<Releasing, 'policies' | 'live' | 'release'>,
  allowDelete: number | undefined,
): Failure | undefined {
  const released = fresh.flat();
  if (fresh.length <= 1 || released.length <= (allowDelete ?? 0)) return undefined;
  const share = Math.min(...released.map(({ mode }) => policies[mode]?.maxDelete ?? 1));
  const total = live.filter(({ good }) => good).length;
  const goodOnes = released.filter(({ good }) => good).length;
  if (goodOnes <= share * total + ROUNDING) return undefined;
  const percent = `${String(Math.round(share * 100))}%`;
  const count = String(released.length);
  return failure(
    'DELETE_GUARD',
    `${String(goodOnes)} of ${String(total)} good snapshots would go, maxDelete is ${percent}`,
    {
      hint: `Look at \`backup-plan prune --dry-run\`. If it is what you want, pass --max-delete ${count}.`,
      facts: { released: released.length, good: goodOnes, total },
    },
  );
}
