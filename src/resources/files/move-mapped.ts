import { lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, utimesSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { bytePathOfLine, displayBytes, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import type { RestoreContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import type { Level } from './chain-level.ts';
import { isBelow } from './captured-roots.ts';
import { readMappings } from './path-mapping.ts';
import type { Mapping } from './path-mapping.ts';
import { systemPath } from './walk.ts';

/** Everything is taken out before anything is put in, so that two mappings may exchange places. */
export async function moveMapped({ staging, map }: RestoreContext, level: Level): Promise<Result<void>> {
  const mappings = readMappings(map);
  if (mappings.length === 0) return ok();
  const base = toBytePath(staging);
  const listed = await listedAbove(mappings, level);
  const aside = mkdtempSync(joinPath(staging, '.backup-plan-map-'));
  const taken: { readonly mapping: Mapping; readonly path: BytePath }[] = [];
  for (const [position, mapping] of mappings.entries()) {
    const path = toBytePath(joinPath(aside, String(position)));
    const defect = takeOut(base, mapping.from, { path, listed });
    if (defect !== undefined) return failed(defect);
    taken.push({ mapping, path });
  }
  // The outermost place first: it makes the directories of the inner ones.
  for (const { mapping, path } of taken.sort((a, b) => a.mapping.to.length - b.mapping.to.length)) {
    const defect = putIn(base, mapping.to, path);
    if (defect !== undefined) return failed(defect);
  }
  rmdirSync(aside);
  return ok();
}

/** Directories that the snapshot holds stay although they become empty; mere ways to a root go. */
async function listedAbove(mappings: readonly Mapping[], level: Level): Promise<ReadonlySet<BytePath>> {
  const listed = new Set<BytePath>();
  for await (const line of level.lines()) {
    const path = bytePathOfLine(line);
    if (path?.endsWith('/') !== true) continue;
    const directory = path.slice(0, -1);
    if (mappings.some(({ from }) => isBelow(from, directory))) listed.add(directory);
  }
  return listed;
}

interface Aside {
  readonly path: BytePath;
  readonly listed: ReadonlySet<BytePath>;
}

function takeOut(base: BytePath, from: BytePath, { path, listed }: Aside): Failure | undefined {
  const name = `/${displayBytes(from)}`;
  const found = from !== '' && directoriesAbove(from).every((one) => typeAt(base, one) === 'directory');
  if (!found || typeAt(base, from) === undefined)
    return failure('NOT_FOUND', `nothing restored lies at ${name}`);
  const above = directoriesAbove(from).reverse();
  const [parent] = above;
  const times = parent === undefined ? undefined : lstatSync(systemPath(base, parent));
  renameSync(systemPath(base, from), systemPath('', path.slice(1)));
  if (parent !== undefined && times !== undefined)
    utimesSync(systemPath(base, parent), times.atimeMs / 1000, times.mtimeMs / 1000);
  for (const directory of above) {
    if (listed.has(directory) || readdirSync(systemPath(base, directory)).length > 0) break;
    rmdirSync(systemPath(base, directory));
  }
  return undefined;
}

function putIn(base: BytePath, to: BytePath, path: BytePath): Failure | undefined {
  for (const directory of directoriesAbove(to)) {
    const type = typeAt(base, directory);
    if (type === undefined) mkdirSync(systemPath(base, directory), 0o755);
    else if (type === 'other') return taken(directory);
  }
  if (to === '' || typeAt(base, to) !== undefined) return taken(to);
  renameSync(systemPath('', path.slice(1)), systemPath(base, to));
  return undefined;
}

function taken(path: BytePath): Failure {
  return failure(
    'DESTINATION_REFUSED',
    `--map leads to /${displayBytes(path)}, which the snapshot itself holds`,
    {
      hint: 'Map to a path that the snapshot does not hold.',
    },
  );
}

/** Outermost first. */
function directoriesAbove(path: BytePath): BytePath[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, position) => parts.slice(0, position + 1).join('/'));
}

/** Never follows a link, which would lead out of the staged tree. */
function typeAt(base: BytePath, path: BytePath): 'directory' | 'other' | undefined {
  try {
    return lstatSync(systemPath(base, path)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
