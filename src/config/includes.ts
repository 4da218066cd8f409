import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Environment } from './interpolation.ts';
import type { Report } from './report.ts';
import { buildTree } from './source/build-tree.ts';
import { parseSource } from './source/parse-source.ts';
import { readSource } from './source/read-source.ts';
import { rangeOf, type Place, type Source } from './source/source.ts';
import type { MapTree, Tree, TreeEntry } from './source/tree.ts';

const MAX_FILES = 256;

export interface LoadedFiles {
  /** All files joined; undefined where the root file has no map. */
  readonly tree?: MapTree;
  /** False where some file could not be read or parsed. */
  readonly complete: boolean;
  readonly sources: readonly Source[];
  /** Absolute path of the root file, links resolved. */
  readonly file: string;
}

interface Loader {
  readonly environment: Environment;
  readonly report: Report;
  /** Folder of the root file, as typed and with links resolved. */
  readonly typedRoot: string;
  readonly realRoot: string;
  readonly sources: Source[];
  /** Real paths that were read already. */
  readonly seen: Set<string>;
  complete: boolean;
}

interface File {
  readonly path: string;
  /** As the user would type it. */
  readonly file: string;
  readonly from?: Place;
  /** Read instead of the file. */
  readonly content?: string;
  /** Files that led here, outermost first. */
  readonly chain: readonly string[];
}

/** Reads the plan file and all that it includes, and joins their maps. */
export async function loadFiles(
  { file, content, env }: { readonly file: string; readonly content?: string; readonly env: Environment },
  report: Report,
): Promise<LoadedFiles> {
  const path = await realpath(resolve(file)).catch(() => resolve(file));
  const loader: Loader = {
    environment: env,
    report,
    typedRoot: dirname(file),
    realRoot: dirname(path),
    sources: [],
    seen: new Set([path]),
    complete: true,
  };
  const tree = await loadFile(loader, {
    path,
    file,
    chain: [path],
    ...(content === undefined ? {} : { content }),
  });
  return {
    sources: loader.sources,
    complete: loader.complete,
    file: path,
    ...(tree === undefined ? {} : { tree }),
  };
}

async function loadFile(loader: Loader, file: File): Promise<MapTree | undefined> {
  const tree = await readTree(loader, file);
  if (tree === undefined) return undefined;
  let joined = tree;
  const include = tree.entries.get('include')?.value;
  for (const item of include?.kind === 'list' ? include.items : []) {
    const included = await loadIncluded(loader, item, file);
    if (included === undefined) loader.complete = false;
    else joined = joinMaps(loader, joined, included);
  }
  return joined;
}

async function readTree({ environment, report, sources }: Loader, file: File): Promise<MapTree | undefined> {
  const source = await readSource(file, report);
  if (source === undefined) return undefined;
  sources.push(source);
  const document = parseSource(source, report);
  const tree = document && buildTree(document, source, { environment, report });
  if (tree === undefined || tree.kind === 'map') return tree;
  const help = 'Start with `version: 1`.';
  report.error('BP1018', `${file.file} must hold a map of keys and values`, tree.place, { help });
  return undefined;
}

async function loadIncluded(loader: Loader, item: Tree, by: File): Promise<MapTree | undefined> {
  if (item.kind !== 'scalar' || typeof item.raw !== 'string') return undefined;
  const { report } = loader;
  const name = item.raw;
  if (item.interpolation !== undefined) {
    report.error('BP1032', '"include" takes no "${…}"', item.place, { path: ['include'] });
    return undefined;
  }
  if (isAbsolute(name)) {
    const help = 'Write it relative to the folder of the plan.';
    report.error('BP1020', `include "${name}" is an absolute path`, item.place, { help });
    return undefined;
  }
  const path = await insideRoot(loader, name, item.place);
  if (path === undefined) return undefined;
  if (by.chain.includes(path)) {
    const cycle = [...by.chain.slice(by.chain.indexOf(path)), path].map((one) =>
      relative(loader.realRoot, one),
    );
    report.error('BP1023', `includes form a cycle: ${cycle.join(' → ')}`, item.place);
    return undefined;
  }
  if (loader.seen.has(path)) {
    report.error('BP1024', `"${name}" is included twice`, item.place);
    return undefined;
  }
  if (loader.seen.size >= MAX_FILES) {
    report.error('BP1025', `more than ${String(MAX_FILES)} files are included`, item.place);
    return undefined;
  }
  loader.seen.add(path);
  return loadFile(loader, {
    path,
    file: join(loader.typedRoot, name),
    from: item.place,
    chain: [...by.chain, path],
  });
}

/** The real path of an included file; links must not lead out of the folder of the plan. */
async function insideRoot(
  { realRoot, report }: Loader,
  name: string,
  place: Place,
): Promise<string | undefined> {
  const wanted = resolve(realRoot, name);
  const real = await realpath(wanted).catch(() => undefined);
  const help = 'A plan includes only files in its own folder and below.';
  if (!isInside(realRoot, wanted)) {
    report.error('BP1021', `include "${name}" leaves the folder of the plan`, place, { help });
  } else if (real === undefined) {
    report.error('BP1022', `cannot read "${name}": there is no such file`, place);
  } else if (!isInside(realRoot, real)) {
    report.error('BP1021', `include "${name}" leaves the folder of the plan through a link`, place, { help });
  } else {
    return real;
  }
  return undefined;
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Joins maps one level deep: two files may both have `resources`, but not the same resource. */
function joinMaps(loader: Loader, into: MapTree, from: MapTree): MapTree {
  const entries = new Map(into.entries);
  for (const [key, entry] of from.entries) {
    const present = entries.get(key);
    if (key === 'include') continue;
    if (present === undefined) entries.set(key, entry);
    else if (key !== 'version') entries.set(key, joinEntry(loader, key, present, entry));
  }
  return { ...into, entries };
}

function joinEntry({ report }: Loader, key: string, into: TreeEntry, from: TreeEntry): TreeEntry {
  if (into.value.kind !== 'map' || from.value.kind !== 'map') {
    reportTwice(report, [key], into, from);
    return into;
  }
  const entries = new Map(into.value.entries);
  for (const [name, entry] of from.value.entries) {
    const present = entries.get(name);
    if (present === undefined) entries.set(name, entry);
    else reportTwice(report, [key, name], present, entry);
  }
  return { ...into, value: { ...into.value, entries } };
}

function reportTwice(report: Report, path: readonly string[], first: TreeEntry, second: TreeEntry): void {
  const { file, line } = rangeOf(first.keyPlace);
  const label = `first in ${file}:${String(line)}`;
  report.error('BP1024', `"${path.join('.')}" is defined in two files`, second.keyPlace, { path, label });
}
