import { newRunId } from '../../catalog/ids.ts';
import { holdIntents } from '../../catalog/prune/intents.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Copy } from '../../domain/snapshot.ts';
import { refreshed } from '../workspace.ts';
import { CopyChoice, isBadCopy, openLinks, passedOver } from './copies.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';
import { cipherBytesOf, isGone } from './select.ts';

export type Links = readonly [ChainLink, ...ChainLink[]];

export interface ChainUse<T> {
  readonly value: T;
  /** The copies that were read, oldest first. */
  readonly copies: readonly Copy[];
}

/**
 * Reads a chain from the copies that the plan prefers. Where one of them turns out damaged or
 * unreachable, `use` is called again with the next one.
 */
export async function readChain<T>(
  tools: RestoreTools,
  { selection, request, reads = 'payload' }: Reading,
  use: (links: Links) => Promise<Result<T>>,
): Promise<Result<ChainUse<T>>> {
  const { chain } = selection;
  const choice = new CopyChoice(tools.workspace);
  const suffered = new Set<Copy>();
  for (let attempt = 0; ; attempt += 1) {
    const copies = choice.choose(chain, request.from);
    if (!copies.ok) return copies;
    if (attempt === 0) for (const note of passedOver(tools.workspace, chain)) request.note(note);
    const { used, bad } = await attemptWith(tools, { selection, request, reads }, copies.value, use);
    if (used.ok) return ok({ value: used.value, copies: copies.value });
    const snapshot = chain.find((one) => one.id === bad?.copy.record.snapshotId);
    if (bad === undefined || snapshot === undefined || !isBadCopy(bad.why)) return used;
    if (mayHaveSuffered(tools, bad) && !suffered.has(bad.copy)) {
      suffered.add(bad.copy);
      request.note(`the copy of ${snapshot.id} on ${bad.copy.target} came damaged; reading it once more`);
      continue;
    }
    const more = choice.reject(snapshot, bad.copy, bad.why);
    if (!more) return failed(await explain(tools, snapshot.id, used.failure));
    request.note(
      `the copy of ${snapshot.id} on ${bad.copy.target} is unusable (${bad.why.message}); trying the next one`,
    );
  }
}

/** What does not lie on this machine can be damaged on its way. */
function mayHaveSuffered(
  { workspace }: RestoreTools,
  { copy, why }: NonNullable<Attempt<unknown>['bad']>,
): boolean {
  const target = workspace.repositories.get(copy.target)?.target;
  return why.code === 'CORRUPT' && target?.capabilities.staging === false;
}

interface Reading {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  /** A prune waits for whoever reads payload; a look at an index leaves no trace on a target. */
  readonly reads?: 'index' | 'payload';
}

interface Attempt<T> {
  readonly used: Result<T>;
  readonly bad?: { readonly copy: Copy; readonly why: Failure };
}

async function attemptWith<T>(
  tools: RestoreTools,
  { selection, request, reads }: Reading,
  copies: readonly Copy[],
  use: (links: Links) => Promise<Result<T>>,
): Promise<Attempt<T>> {
  let bad: Attempt<T>['bad'];
  let read = 0;
  const totalBytes = cipherBytesOf(selection.chain);
  const links = openLinks({ ...tools, signal: request.signal }, copies, {
    note: request.note,
    onFailure: (copy, why) => {
      bad ??= { copy, why };
    },
    onBytes: (bytes) => {
      read += bytes;
      request.onProgress?.({ resource: selection.snapshot.resource, bytes: read, totalBytes });
    },
  });
  const release = reads === 'payload' ? await holdCopies(tools, copies) : undefined;
  const used = await use(links);
  await release?.();
  return bad === undefined ? { used } : { used, bad };
}

/** Says on each target what is read there, for as long as it is. */
export async function holdCopies(
  { ports, workspace }: Pick<RestoreTools, 'ports' | 'workspace'>,
  copies: readonly Copy[],
): Promise<() => Promise<void>> {
  const { clock, timers } = ports;
  const held = [...new Set(copies.map(({ target }) => target))].flatMap((name) => {
    const repository = workspace.repositories.get(name);
    if (repository === undefined) return [];
    const own = copies.filter(({ target }) => target === name);
    const snapshotIds = own.map(({ record }) => record.snapshotId);
    const runId = newRunId(clock.nowMs());
    return [holdIntents({ repository, plan: workspace.plan.name, snapshotIds, runId, clock, timers })];
  });
  const intents = await Promise.all(held);
  return async () => {
    await Promise.all(intents.map((intent) => intent.release()));
  };
}

/** A copy that vanished under the reader was perhaps deleted on purpose. */
async function explain({ workspace }: RestoreTools, snapshotId: string, why: Failure): Promise<Failure> {
  const { catalog } = await refreshed(workspace);
  if (!isGone(catalog, snapshotId)) return why;
  return failure('SNAPSHOT_PURGED', `${snapshotId} was deleted by a prune while it was read`);
}
