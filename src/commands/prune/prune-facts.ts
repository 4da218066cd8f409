import { findLeftovers } from '../../catalog/prune/leftovers.ts';
import { storeNowMs } from '../../catalog/store-clock.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { Leftover } from '../../domain/prune-plan.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** What planning a prune needs to know of a target beside its records. */
export interface TargetFacts {
  readonly storeNowMs?: number;
  readonly leftovers: readonly Leftover[];
}

export interface GatheredFacts {
  readonly targets: Readonly<Record<string, TargetFacts>>;
  readonly notes: readonly string[];
}

export interface Gathering {
  /** Asks for the time of the store, which takes a small object for a moment. */
  readonly probe: boolean;
  /** Only on these targets; on all that are open where absent. */
  readonly only?: readonly string[];
}

export async function gatherPruneFacts(
  ports: Ports,
  workspace: Workspace,
  { probe, only }: Gathering,
): Promise<GatheredFacts> {
  const targets: Record<string, TargetFacts> = {};
  const notes: string[] = [];
  for (const [name, repository] of workspace.repositories) {
    if (only?.includes(name) === false) continue;
    const store = probe ? await storeTime(repository, workspace.plan.name) : undefined;
    const nowStoreMs = store ?? ports.clock.nowMs();
    const { plan, catalog } = workspace;
    const leftovers = await findLeftovers({ repository, plan: plan.name, catalog, nowStoreMs });
    if (!leftovers.ok)
      notes.push(`target ${name}: leftovers were not looked for: ${leftovers.failure.message}`);
    targets[name] = {
      leftovers: leftovers.ok ? leftovers.value : [],
      ...(store === undefined ? {} : { storeNowMs: store }),
    };
  }
  return { targets, notes };
}

/** Only a refinement here: each sweep asks again and has the last word. */
async function storeTime(repository: Repository, plan: string): Promise<number | undefined> {
  const store = repository.writable ? await storeNowMs(repository, plan) : undefined;
  return store?.ok === true ? store.value : undefined;
}
