import { findLeftovers } from '../../catalog/prune/leftovers.ts';
import { newestProbe } from '../../catalog/probe/newest-probe.ts';
import { askRemoval } from '../../catalog/probe/removal.ts';
import { storeNowMs } from '../../catalog/store-clock.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { PruneTargetFacts } from '../../planner/prune/prune-input.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

export interface GatheredFacts {
  readonly targets: Readonly<Record<string, PruneTargetFacts>>;
  readonly notes: readonly string[];
}

export interface Gathering {
  /**
   * Name of the key that would sign: with it the store is asked for its time and for the right to
   * delete, which takes small objects for a moment.
   */
  readonly pruner?: string;
  /** Only on these targets; on all that are open where absent. */
  readonly only?: readonly string[];
}

export async function gatherPruneFacts(
  ports: Ports,
  workspace: Workspace,
  { pruner, only }: Gathering,
): Promise<GatheredFacts> {
  const targets: Record<string, PruneTargetFacts> = {};
  const notes: string[] = [];
  for (const [name, repository] of workspace.repositories) {
    if (only?.includes(name) === false) continue;
    const asked = pruner === undefined ? {} : await askStore(ports, workspace, { repository, pruner });
    const nowStoreMs = asked.storeNowMs ?? ports.clock.nowMs();
    const { plan, catalog } = workspace;
    const leftovers = await findLeftovers({ repository, plan: plan.name, catalog, nowStoreMs });
    if (!leftovers.ok)
      notes.push(`target ${name}: leftovers were not looked for: ${leftovers.failure.message}`);
    notes.push(...timelessNotes(ports, workspace, repository));
    targets[name] = { leftovers: leftovers.ok ? leftovers.value : [], ...asked };
  }
  return { targets, notes };
}

type Asked = Pick<PruneTargetFacts, 'storeNowMs' | 'mayRemove'>;

/** Only a refinement here: each sweep asks for the time again and has the last word. */
async function askStore(
  ports: Ports,
  workspace: Workspace,
  { repository, pruner }: { readonly repository: Repository; readonly pruner: string },
): Promise<Asked> {
  if (!repository.writable) return {};
  const mayRemove = await rightToRemove(ports, workspace, { repository, pruner });
  if (mayRemove === false) return { mayRemove };
  const store = await storeNowMs(repository, workspace.plan.name);
  return {
    ...(mayRemove === undefined ? {} : { mayRemove }),
    ...(store.ok && store.value !== undefined ? { storeNowMs: store.value } : {}),
  };
}

/** What this key found out before, else what the store says now: it may have been given the right since. */
async function rightToRemove(
  { clock }: Ports,
  { plan, catalog }: Workspace,
  { repository, pruner }: { readonly repository: Repository; readonly pruner: string },
): Promise<boolean | undefined> {
  const about = { targetId: repository.targetId, nowMs: clock.nowMs() };
  const own = newestProbe(catalog.events, { ...about, writer: pruner });
  if (own !== undefined && own.facts.mayRemove !== false) return own.facts.mayRemove;
  const asked = await askRemoval(repository, plan.name);
  return asked.ok ? asked.value.mayRemove : undefined;
}

function timelessNotes({ clock }: Ports, { catalog }: Workspace, repository: Repository): readonly string[] {
  const probe = newestProbe(catalog.events, { targetId: repository.targetId, nowMs: clock.nowMs() });
  if (probe?.facts.modificationTimes !== false) return [];
  const { name } = repository.target;
  return [
    `target ${name}: its store has no usable modification times, so no grace ends there and leftovers stay`,
  ];
}
