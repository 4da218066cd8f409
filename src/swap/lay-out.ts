import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure } from '../domain/failure.ts';
import type { LivePlace } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { attributesOf } from './attributes.ts';
import { recognise, type KnownDirectory } from './directory.ts';
import { lookAt, type EntryFacts } from './entry.ts';
import type { MissingDirectory, SwapPlace, SwapPlan, SwapRoot } from './plan.ts';
import type { Site } from './site.ts';

/** A site whose data is staged: `staged` is absolute and on the file system of the live path. */
export interface StagedSite extends Omit<Site, 'staged'> {
  readonly staged?: string;
  readonly mergedFrom?: LivePlace['mergedFrom'];
}

/** Says what goes where; writes nothing. The private folders must be there. */
export async function layOut(sites: readonly StagedSite[]): Promise<Result<SwapPlan>> {
  const known: KnownDirectory[] = sites.map(({ base }) => base);
  const folders = [...new Set(sites.map(({ folder }) => folder))];
  for (const folder of folders) {
    const own = await recognise(folder);
    if (!own.ok) return own;
    known.push(own.value);
  }
  const namer = new Namer();
  const places: SwapPlace[] = [];
  const roots: SwapRoot[] = [];
  for (const site of sites) {
    const parts = site.kind === 'inside' ? await childrenOf(site) : ok([site]);
    if (!parts.ok) return parts;
    for (const part of parts.value) {
      const live = await lookAt(part.live, known);
      if (!live.ok) return live;
      const whole = await checkStaged(part);
      if (!whole.ok) return whole;
      places.push(placeOf(part, live.value, namer));
    }
    if (site.kind === 'inside' && site.staged !== undefined) {
      const after = await attributesOf(site.staged);
      roots.push({ path: site.live, after, before: site.attributes ?? after });
    }
  }
  return ok({ places, roots, folders, known });
}

async function checkStaged({ live, staged }: StagedSite): Promise<Result<void>> {
  const there = staged === undefined ? undefined : await lookAt(staged, []);
  if (there === undefined || !there.ok) return there ?? ok();
  if (there.value !== undefined) return ok();
  return failed(failure('NOT_FOUND', `the snapshot has nothing to put at ${live}`));
}

/** What Node puts for bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd';

/** Names within the folders, as readable as they can be while no two are the same. */
class Namer {
  readonly #taken = new Set<string>();

  name(folder: string, kind: string, live: string): string {
    const plain = join(folder, kind, basename(live));
    let name = plain;
    for (let count = 2; this.#taken.has(name); count += 1) name = join(folder, kind, String(count));
    this.#taken.add(name);
    return name;
  }
}

function placeOf(site: StagedSite, live: EntryFacts | undefined, namer: Namer): SwapPlace {
  return {
    live: site.live,
    ...(site.staged === undefined ? {} : { staged: site.staged }),
    safety: namer.name(site.folder, SAFETY, site.live),
    discarded: namer.name(site.folder, DISCARDED, site.live),
    hadLive: live !== undefined,
    wasLink: live?.isLink ?? false,
    missing: likenesses(site),
    ...(site.mergedFrom === undefined ? {} : { mergedFrom: site.mergedFrom }),
  };
}

export const STAGED = 'staged';
export const SAFETY = 'safety';
export const DISCARDED = 'discarded';

/** As long as the staged path ends like the live one, its directories are those of the snapshot. */
function likenesses({ live, missing, staged }: StagedSite): readonly MissingDirectory[] {
  const found: MissingDirectory[] = [];
  let like = staged === undefined || basename(staged) !== basename(live) ? undefined : dirname(staged);
  for (const path of [...missing].reverse()) {
    if (like !== undefined && basename(like) !== basename(path)) like = undefined;
    found.unshift({ path, ...(like === undefined ? {} : { like }) });
    if (like !== undefined) like = dirname(like);
  }
  return found;
}

/** What is staged and what is live, name by name; the private folder is neither. */
async function childrenOf(site: StagedSite): Promise<Result<readonly StagedSite[]>> {
  const { live, folder, staged } = site;
  const isDirectory = staged !== undefined && (await lstat(staged)).isDirectory();
  const incoming = new Set(isDirectory ? await readdir(staged) : []);
  const present = (await readdir(live)).filter((name) => join(live, name) !== folder);
  const names = [...new Set([...incoming, ...present])].sort();
  if (names.some((name) => name.includes(REPLACEMENT))) {
    const message = `${live} can only be replaced entry by entry, and a name in it is no UTF-8`;
    return failed(failure('RESTORE_UNSUPPORTED', message, { hint: 'Restore into a new folder with --to.' }));
  }
  return ok(
    names.map((name) => ({
      live: join(live, name),
      kind: 'beside' as const,
      base: site.base,
      missing: [],
      folder,
      ...(staged !== undefined && incoming.has(name) ? { staged: join(staged, name) } : {}),
    })),
  );
}
