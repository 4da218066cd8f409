import { failure } from '../../../domain/failure.ts';
import type { Migration } from '../../../domain/plan.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { readAppVersion } from '../../../steps/app-version.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';

export interface VersionCheck {
  /** What the application says now. */
  readonly current?: string;
  /** To run once the data is in place, in this order. */
  readonly migrations: readonly Migration[];
}

interface Asked {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly allowMismatch: boolean;
}

/** Compares the version that the snapshot was taken from with the one that is installed. */
export async function checkVersion(
  { ports, workspace }: RestoreTools,
  { selection, request, allowMismatch }: Asked,
): Promise<Result<VersionCheck>> {
  const { snapshot, spec } = selection;
  if (spec?.appVersion === undefined) return ok({ migrations: [] });
  const { resource } = snapshot;
  const cwd = workspace.plan.directory;
  const asked = { resource, argv: spec.appVersion, cwd, signal: request.signal };
  const current = await readAppVersion(ports.tools, asked);
  if (!current.ok && !allowMismatch) return current;
  if (!current.ok) {
    request.note(`${current.failure.message}; the version is not compared`);
    return ok({ migrations: [] });
  }
  const recorded = snapshot.record.platform.appVersion;
  if (recorded === undefined) {
    request.note(`the snapshot does not say which version of the application it is of`);
    return ok({ current: current.value, migrations: [] });
  }
  const judged = judgeVersions(spec.restore.migrate, { recorded, current: current.value });
  if (judged.ok) return ok({ current: current.value, migrations: judged.value });
  if (!allowMismatch) return judged;
  request.note(judged.failure.message);
  return ok({ current: current.value, migrations: [] });
}

/** The migrations on the shortest way from the recorded version to the current one. */
export function judgeVersions(
  migrate: readonly Migration[],
  { recorded, current }: { readonly recorded: string; readonly current: string },
): Result<readonly Migration[]> {
  const from = partsOf(recorded);
  const to = partsOf(current);
  if (from.join('.') === to.join('.')) return ok([]);
  const way = findWay(migrate, from, to);
  if (way !== undefined) return ok(way);
  if (from[0] === to[0]) return ok([]);
  return failed(
    failure('VERSION_MISMATCH', `the snapshot is of version "${recorded}", installed is "${current}"`),
  );
}

/** The first dotted number of what a program prints about its version. */
function partsOf(text: string): readonly string[] {
  return /\d+(?:\.\d+)*/.exec(text)?.[0].split('.') ?? [text];
}

/** Breadth first, so that a direct migration is preferred to a detour. */
function findWay(
  migrate: readonly Migration[],
  from: readonly string[],
  to: readonly string[],
): readonly Migration[] | undefined {
  const seen = new Set<Migration>();
  const unseen = (version: readonly string[]): readonly Migration[] =>
    migrate.filter((one) => !seen.has(one) && covers(one.from, version));
  const ways: (readonly [...Migration[], Migration])[] = unseen(from).map((one) => [one]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way[way.length - 1];
    if (last === undefined || seen.has(last)) continue;
    if (covers(last.to, to)) return way;
    seen.add(last);
    for (const next of unseen(partsOf(last.to))) ways.push([...way, next]);
  }
  return undefined;
}

/** `1.0` covers 1.0 and 1.0.3, not 1.1. */
function covers(pattern: string, version: readonly string[]): boolean {
  const parts = partsOf(pattern);
  return parts.length <= version.length && parts.every((part, position) => part === version[position]);
}
