import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestoredResource, RestoreReport } from '../../domain/restore-report.ts';
import type { RestoreOutcome } from '../../domain/resource-type.ts';
import { ok, type Result } from '../../domain/result.ts';
import { removeFolder } from '../../swap/folders.ts';
import { checkDestination, checkRoom, openStaging } from './destination.ts';
import { measure } from './measure.ts';
import { readChain, type Links } from './read-chain.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';
import { restored } from './restored.ts';
import { stage } from './stage.ts';

export interface ToFolder {
  readonly selections: readonly Selection[];
  readonly request: RestoreRequest;
  readonly to: string;
  /** True where each resource gets a folder of its own. */
  readonly several: boolean;
}

/**
 * Restores into a staging folder beside the destination and renames it into place once everything in
 * it is proven whole. Of several resources, those that could be restored are there.
 */
export async function restoreTo(tools: RestoreTools, asked: ToFolder): Promise<Result<RestoreReport>> {
  const destination = await checkDestination(asked.to);
  if (!destination.ok) return destination;
  const needed = await neededBytes(tools, asked);
  if (!needed.ok) return needed;
  const room = checkRoom(destination.value, needed.value);
  if (!room.ok) return room;
  const staging = await openStaging(destination.value);
  if (!staging.ok) return staging;
  try {
    const resources = await stageAll(tools, asked, {
      staging: staging.value.path,
      destination: destination.value.path,
    });
    const [first] = resources.flatMap(({ failure }) => failure ?? []);
    if (first !== undefined && resources.every(({ failure }) => failure !== undefined))
      return { ok: false, failure: first };
    const published = await staging.value.publish();
    return published.ok ? ok({ resources, undoable: false }) : published;
  } finally {
    await staging.value.discard();
  }
}

async function neededBytes(tools: RestoreTools, { selections, request }: ToFolder): Promise<Result<number>> {
  let sum = 0;
  for (const selection of selections) {
    const measured = await measure(tools, { selection, request });
    if (!measured.ok) return measured;
    sum += measured.value.neededBytes;
  }
  return ok(sum);
}

interface Folders {
  readonly staging: string;
  readonly destination: string;
}

async function stageAll(
  tools: RestoreTools,
  { selections, request, several }: ToFolder,
  { staging, destination }: Folders,
): Promise<readonly RestoredResource[]> {
  const resources: RestoredResource[] = [];
  for (const selection of selections) {
    const { resource } = selection.snapshot;
    const folders = several
      ? { staging: join(staging, resource), destination: join(destination, resource) }
      : { staging, destination };
    resources.push(await stageOne(tools, { selection, request }, folders));
  }
  return resources;
}

async function stageOne(
  tools: RestoreTools,
  asked: { readonly selection: Selection; readonly request: RestoreRequest },
  { staging, destination }: Folders,
): Promise<RestoredResource> {
  const startedAt = tools.ports.clock.monotonicMs();
  const read = await readChain(tools, asked, (links) => stageAnew(tools, { ...asked, links, staging }));
  const durationMs = Math.round(tools.ports.clock.monotonicMs() - startedAt);
  if (read.ok) {
    const { copies, value: outcome } = read.value;
    return { ...restored(asked.selection, copies), destination, outcome, durationMs };
  }
  await removeFolder(staging);
  return { ...restored(asked.selection, []), state: 'failed', durationMs, failure: read.failure };
}

/** A copy that turned out bad may have left something behind. */
async function stageAnew(
  tools: RestoreTools,
  request: {
    readonly selection: Selection;
    readonly request: RestoreRequest;
    readonly links: Links;
    readonly staging: string;
  },
): Promise<Result<RestoreOutcome>> {
  const emptied = await removeFolder(request.staging);
  if (!emptied.ok) return emptied;
  await mkdir(request.staging, { mode: 0o700 });
  return stage(tools, request);
}
