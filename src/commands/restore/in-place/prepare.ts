import { lstat } from 'node:fs/promises';
import { failure } from '../../../domain/failure.ts';
import { liveRestoreOf, type LivePlaces, type PlaceContext } from '../../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { belongsTo } from '../../../planner/host.ts';
import { findSites, type Site } from '../../../swap/site.ts';
import { measure, type Measure } from '../measure.ts';
import { isBeside } from '../name-mappings.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';
import { checkInUse } from './in-use.ts';
import type { InPlaceOptions } from './options.ts';
import { placeContext } from './place-context.ts';
import { checkVersion, type VersionCheck } from './version.ts';

/** One resource whose replacement has been judged possible; nothing is written yet. */
export interface Prepared {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly version: VersionCheck;
  readonly measure: Measure;
  /** Where live paths are replaced; empty where a tool loads. The first one holds the staging folder. */
  readonly sites: readonly Site[];
  /** What exists and would be replaced. */
  readonly replaces: readonly string[];
  /** Directories on the file systems that are written, and how much goes there at most. */
  readonly needs: readonly Need[];
  readonly warnings: readonly string[];
  /** True where what is replaced may hold what no snapshot does. */
  readonly partial: boolean;
}

export interface Need {
  readonly directory: string;
  readonly device: string;
  readonly bytes: number;
}

export interface PrepareRequest {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly options: InPlaceOptions;
  readonly restoreId: string;
}

/** Refuses what can be refused before anything is read but the index. */
export async function prepare(tools: RestoreTools, asked: PrepareRequest): Promise<Result<Prepared>> {
  const { selection, request, options, restoreId } = asked;
  const possible = checkPossible(selection, tools.ports.host);
  if (!possible.ok) return possible;
  const version = await checkVersion(tools, {
    selection,
    request,
    allowMismatch: options.allowVersionMismatch,
  });
  if (!version.ok) return version;
  const free = await checkInUse(tools, { selection, request, force: options.force, restoreId });
  if (!free.ok) return free;
  return survey(tools, asked, version.value);
}

function checkPossible({ snapshot, spec, type }: Selection, host: string): Result<void> {
  const hint = 'Restore it into a new folder with --to.';
  const { resource } = snapshot;
  if (spec === undefined) {
    const message = `the plan has no resource "${resource}", so its live place is unknown`;
    return failed(failure('RESTORE_UNSUPPORTED', message, { hint }));
  }
  if (!belongsTo(spec.hosts, host)) {
    const message = `${resource} lives on ${spec.hosts.join(' and ')}, and this is ${host}`;
    return failed(failure('RESTORE_UNSUPPORTED', message, { hint: `Pass --host to act as one of them.` }));
  }
  const live = liveRestoreOf(type, spec.options);
  const refused = live?.kind === 'load' ? live.refuses?.(spec.options) : undefined;
  if (refused !== undefined) return failed(refused);
  if (live !== undefined) return ok();
  const message = `a resource of type "${type.type}" cannot be replaced in place`;
  return failed(failure('RESTORE_UNSUPPORTED', message, { hint }));
}

/** Where everything goes and how much it is. */
export async function survey(
  tools: RestoreTools,
  { selection, request, restoreId }: Pick<PrepareRequest, 'selection' | 'request' | 'restoreId'>,
  version: VersionCheck,
): Promise<Result<Prepared>> {
  let places: LivePlaces = { places: [] };
  const measured = await measure(tools, {
    selection,
    request,
    async partsOf(facts) {
      const found = await findPlaces(tools, { selection, request }, { facts });
      if (!found.ok) return found;
      places = found.value;
      return ok(places.places.flatMap(({ staged }) => staged ?? []));
    },
  });
  if (!measured.ok) return measured;
  const sites = await findSites(places.places, restoreId);
  if (!sites.ok) return sites;
  return ok({
    selection,
    request,
    version,
    measure: measured.value,
    sites: sites.value,
    replaces: isBeside(selection, request) ? [] : await existing(selection, sites.value),
    needs: await needsOf(tools, sites.value, measured.value),
    warnings: places.warnings ?? [],
    partial: places.partial === true,
  });
}

/** What the type says about places; no places where a tool loads. */
export async function findPlaces(
  { workspace }: RestoreTools,
  { selection, request }: { readonly selection: Selection; readonly request: RestoreRequest },
  rest: Pick<PlaceContext, 'facts' | 'staging'>,
): Promise<Result<LivePlaces>> {
  const live = liveRestoreOf(selection.type, selection.options);
  if (live?.kind !== 'paths') return ok({ places: [] });
  return live.place({ ...placeContext(workspace.plan.directory, { selection, request }), ...rest });
}

async function existing({ snapshot }: Selection, sites: readonly Site[]): Promise<readonly string[]> {
  if (sites.length === 0) return [`the live resource ${snapshot.resource}`];
  const found = await Promise.all(
    sites.map(async ({ live }) => ((await lstat(live).catch(() => undefined)) === undefined ? [] : [live])),
  );
  return found.flat();
}

async function needsOf(
  { workspace }: RestoreTools,
  sites: readonly Site[],
  { neededBytes, bytesBelow }: Measure,
): Promise<readonly Need[]> {
  const [first] = sites;
  if (first === undefined) {
    const directory = workspace.plan.scratchDirectory;
    return [{ directory, device: String((await lstat(directory)).dev), bytes: neededBytes }];
  }
  const elsewhere = sites.filter(({ base }) => base.device !== first.base.device);
  return [
    { directory: first.base.path, device: first.base.device, bytes: neededBytes },
    ...elsewhere.map(({ base, staged }) => ({
      directory: base.path,
      device: base.device,
      bytes: bytesBelow.get(staged ?? '') ?? 0,
    })),
  ];
}
