import { failure } from '../../domain/failure.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { LivePreview, RestorePreview } from '../../domain/restore-report.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { SAFETY } from '../../swap/lay-out.ts';
import { choose } from './choose.ts';
import { CopyChoice, passedOver } from './copies.ts';
import { checkDestination, freeBytesAt } from './destination.ts';
import { findDifferences } from './differences.ts';
import { checkClear } from './in-place/keep-clear.ts';
import { findPlaces, prepare, type Prepared } from './in-place/prepare.ts';
import { roomFor } from './in-place/room.ts';
import { measure, type Measure } from './measure.ts';
import { checkNameMappings } from './name-mappings.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';
import type { RestoreOrder, Where } from './restore.ts';
import { basename, join } from 'node:path';

const MAX_PATHS = 10_000;

/** Stands in paths for the id that a real restore would get. */
const restoreId = 'RESTORE-ID';

/** What the same order would do; only records and indexes are read, and nothing is written. */
export async function previewRestore(
  tools: RestoreTools,
  order: RestoreOrder & { readonly diff: boolean },
): Promise<Result<readonly RestorePreview[]>> {
  const chosen = choose(tools.ports, tools.workspace, order.wanted);
  if (!chosen.ok) return chosen;
  const mapped = checkNameMappings(chosen.value.selections, order.request, order.where.kind === 'in-place');
  if (!mapped.ok) return mapped;
  const previews: RestorePreview[] = [];
  for (const selection of chosen.value.selections) {
    const several = order.wanted.kind !== 'one';
    const preview = await previewOne(tools, { ...order, selection, several });
    if (!preview.ok) return preview;
    previews.push(preview.value);
  }
  for (const name of chosen.value.without) order.request.note(`${name} has no good snapshot of that time`);
  return ok(previews);
}

interface Asked {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly where: Where;
  readonly diff: boolean;
  readonly several: boolean;
}

async function previewOne(tools: RestoreTools, asked: Asked): Promise<Result<RestorePreview>> {
  const { selection, request } = asked;
  const copies = new CopyChoice(tools.workspace).choose(selection.chain, request.from);
  if (!copies.ok) return copies;
  for (const note of passedOver(tools.workspace, selection.chain)) request.note(note);
  const listing = new Listing();
  const placed = await placesOf(tools, asked);
  if (!placed.ok) return placed;
  const measured = await measure(tools, { selection, request, onEntry: listing.add });
  if (!measured.ok) return measured;
  const found = await checkFound(tools, asked, measured.value);
  if (!found.ok) return found;
  const room = await placed.value.room(measured.value);
  const differences = asked.diff ? await differencesOf(tools, asked, measured.value) : ok(undefined);
  if (!differences.ok) return differences;
  const { snapshot } = selection;
  return ok({
    snapshotId: snapshot.id,
    resource: snapshot.resource,
    consistentAt: snapshot.record.consistentAt,
    mode: snapshot.record.chain.mode,
    chain: copies.value.map(({ record, target }) => ({
      snapshotId: record.snapshotId,
      mode: record.chain.mode,
      target,
    })),
    ...writtenBy(selection),
    destination: placed.value.destination,
    ...room,
    entries: measured.value.entries,
    bytes: measured.value.bytes,
    paths: listing.paths,
    morePaths: measured.value.entries - listing.paths.length,
    ...(placed.value.live === undefined ? {} : { live: placed.value.live }),
    ...(differences.value === undefined ? {} : { differences: differences.value }),
  });
}

/** What is asked for by name and is not in the index: the type may still know it, as a key of a document. */
async function checkFound(
  tools: RestoreTools,
  { selection, request }: Asked,
  { entries, facts }: Measure,
): Promise<Result<void>> {
  if (entries > 0 || request.only.length === 0) return ok();
  if (selection.spec !== undefined) {
    const places = await findPlaces(tools, { selection, request }, { facts });
    if (places.ok || places.failure.code !== 'NOT_FOUND') return ok();
  }
  return failed(failure('NOT_FOUND', `nothing of this snapshot matches ${request.only.join(', ')}`));
}

function writtenBy({ snapshot: { record } }: Selection): Pick<RestorePreview, 'recipients' | 'tools'> {
  const tools = record.artifacts.map(({ source }) => `${source.tool} ${source.toolVersion ?? ''}`.trim());
  return { recipients: record.artifacts[0]?.encryption.recipients ?? [], tools: [...new Set(tools)] };
}

interface Placed {
  readonly destination: string;
  readonly live?: LivePreview;
  room(measured: Measure): Promise<Pick<RestorePreview, 'bytesNeeded' | 'bytesFree'>>;
}

async function placesOf(tools: RestoreTools, asked: Asked): Promise<Result<Placed>> {
  const { where, selection, request, several } = asked;
  if (where.kind === 'folder') {
    const to = several ? join(where.to, selection.snapshot.resource) : where.to;
    // A comparison with what is there has no sense for an empty folder.
    const destination = asked.diff
      ? ok({ path: to, freeBytes: await freeBytesAt(to) })
      : await checkDestination(to);
    if (!destination.ok) return destination;
    const { path, freeBytes } = destination.value;
    return ok({
      destination: path,
      room: ({ neededBytes }) => Promise.resolve({ bytesNeeded: neededBytes, bytesFree: freeBytes }),
    });
  }
  // What is asked before replacing is asked now too; that somebody agrees is not.
  const prepared = await prepare(tools, { selection, request, options: where.options, restoreId });
  if (!prepared.ok) return failed(prepared.failure);
  const clear = await checkClear(tools, [prepared.value]);
  if (!clear.ok) return clear;
  const live = livePreview(prepared.value, where.options.backupExisting);
  return ok({
    destination: live.places.map(({ path }) => path).join(', ') || selection.snapshot.resource,
    live,
    room: () => tightest(prepared.value),
  });
}

/** Of several file systems the one that is nearest to being full. */
async function tightest({ needs }: Prepared): Promise<Pick<RestorePreview, 'bytesNeeded' | 'bytesFree'>> {
  const rooms = await roomFor(needs);
  const [least] = [...rooms].sort((a, b) => a.freeBytes - a.bytes - (b.freeBytes - b.bytes));
  return { bytesNeeded: least?.bytes ?? 0, bytesFree: least?.freeBytes ?? 0 };
}

function livePreview(
  { selection, version, sites, replaces, warnings }: Prepared,
  backupExisting: boolean,
): LivePreview {
  const snapshot = selection.snapshot.record.platform.appVersion;
  const { current } = version;
  const known = snapshot !== undefined || current !== undefined;
  return {
    places: sites
      .filter(({ live, staged }) => staged !== undefined || replaces.includes(live))
      .map(({ live, folder }) => ({
        path: live,
        ...(backupExisting && replaces.includes(live)
          ? { safety: join(folder, SAFETY, basename(live)) }
          : {}),
      })),
    ...(known
      ? {
          appVersion: {
            ...(snapshot === undefined ? {} : { snapshot }),
            ...(current === undefined ? {} : { current }),
          },
        }
      : {}),
    migrations: version.migrations.map(({ from, to }) => `${from} → ${to}`),
    takesSnapshot: backupExisting && sites.length === 0 && replaces.length > 0,
    warnings,
  };
}

function differencesOf(
  tools: RestoreTools,
  asked: Asked,
  { facts }: Measure,
): ReturnType<typeof findDifferences> {
  const { selection, request, where, several } = asked;
  const folder = where.kind === 'folder' ? where.to : undefined;
  const root = several && folder !== undefined ? join(folder, selection.snapshot.resource) : folder;
  return findDifferences(tools, { selection, request, facts, ...(root === undefined ? {} : { root }) });
}

class Listing {
  readonly paths: { path: string; type: string; size?: number }[] = [];

  readonly add = (path: string, { type, size }: IndexEntry): void => {
    if (this.paths.length < MAX_PATHS)
      this.paths.push({ path, type, ...(size === undefined ? {} : { size }) });
  };
}
