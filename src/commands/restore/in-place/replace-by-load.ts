import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../domain/failure.ts';
import type { RestoreOutcome } from '../../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import type { Copy } from '../../../domain/snapshot.ts';
import { readChain, type Links } from '../read-chain.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';
import { isBeside } from '../name-mappings.ts';
import { load, stage } from '../stage.ts';
import { withServiceStopped } from './around.ts';
import { liveOf } from './live-command.ts';
import type { Replaced, Replacing } from './replacing.ts';
import { takeSafetySnapshot } from './safety-snapshot.ts';
import { settle } from './settle.ts';

/**
 * Stages, quiets the service, takes a snapshot of what is there, then lets the type's tool load: what
 * was written until the service was quiet is in the snapshot.
 */
export async function replaceByLoad(replacing: Replacing, known?: string): Promise<Result<Replaced>> {
  const { tools, selection, request, journal, options } = replacing;
  const { resource, id: snapshotId } = selection.snapshot;
  return withStaged(tools, { selection, request }, async (staged) => {
    const { restoreId } = journal;
    const done = await withServiceStopped(
      { tools, live: liveOf(selection), restoreId, signal: request.signal },
      async (): Promise<Result<Replaced>> => {
        const before = known === undefined ? await safetyOf(replacing) : ok(known);
        if (!before.ok) return before;
        const kept = before.value === undefined || !options.backupExisting ? {} : { before: before.value };
        const announced = await journal.append({ kind: 'load', resource, snapshotId, ...kept });
        if (!announced.ok) return announced;
        const loaded = await load(tools, { selection, request, ...staged });
        if (!loaded.ok) return loaded;
        const settled = await settle(replacing);
        if (!settled.ok) return settled;
        const warnings = [...staged.outcome.warnings, ...loaded.value.warnings];
        const outcome = { ...staged.outcome, warnings };
        return ok({ copies: staged.copies, outcome, places: [], ...kept, ...settled.value });
      },
    );
    if (!done.ok) return done;
    const { value, afterFailure } = done.value;
    const problem = value.problem ?? afterFailure;
    return ok({ ...value, ...(problem === undefined ? {} : { problem }) });
  });
}

async function safetyOf({
  tools,
  selection,
  request,
  options,
  journal,
}: Replacing): Promise<Result<string | undefined>> {
  if (!options.backupExisting || isBeside(selection, request)) return ok(undefined);
  return takeSafetySnapshot(tools, { selection, request, restoreId: journal.restoreId });
}

export interface StagedForLoad {
  readonly staging: string;
  readonly links: Links;
  readonly outcome: RestoreOutcome;
  readonly copies: readonly Copy[];
}

/** Stages a chain in a private folder that is gone afterwards. */
export async function withStaged<T>(
  tools: RestoreTools,
  { selection, request }: { readonly selection: Selection; readonly request: RestoreRequest },
  use: (staged: StagedForLoad) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { ports, workspace } = tools;
  const folder = await ports.makePrivateDirectory(workspace.plan.scratchDirectory, 'backup-plan-load');
  if (!folder.ok) return folder;
  try {
    let links: Links | undefined;
    let staging = '';
    let attempts = 0;
    const read = await readChain(tools, { selection, request }, async (opened) => {
      links = opened;
      staging = join(folder.value.path, String((attempts += 1)));
      await mkdir(staging, { mode: 0o700 });
      return stage(tools, { selection, request, links: opened, staging });
    });
    if (!read.ok) return read;
    if (links === undefined) return failed(failure('RESTORE_FAILED', 'nothing was staged'));
    return await use({ staging, links, outcome: read.value.value, copies: read.value.copies });
  } finally {
    await folder.value.remove();
  }
}
