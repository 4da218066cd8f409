import { linkSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import {
  byteLinkOf,
  bytePathOf,
  bytePathOfLine,
  parseIndexLine,
  toBytePath,
} from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { Level } from './chain-level.ts';
import { systemPath } from './walk.ts';
import type { Wanted } from './wanted.ts';

/**
 * Makes the hard links of a level whose file lies in an older one; says which, since tar is to leave
 * them out. A name that moved while the file kept its first name is in the archive as a file of its
 * own: tar saw no other name of it. To be called when the tree is ready for the level.
 */
export async function relink(level: Level, staging: string, wanted: Wanted): Promise<readonly BytePath[]> {
  const names = await storedLinks(level, wanted);
  if (names.size === 0) return [];
  const base = toBytePath(staging);
  const made: BytePath[] = [];
  for await (const line of level.lines()) {
    const target = bytePathOfLine(line);
    const links = target === undefined ? undefined : names.get(target);
    if (target === undefined || links === undefined || parseIndexLine(line)?.stored === true) continue;
    if (!isPresent(base, target)) continue;
    for (const name of links) link(base, target, name);
    made.push(...links);
  }
  return made;
}

/** By the name that they link to, those that this level stores. */
async function storedLinks(
  level: Level,
  wanted: Wanted,
): Promise<ReadonlyMap<BytePath, readonly BytePath[]>> {
  const names = new Map<BytePath, BytePath[]>();
  for await (const line of level.lines()) {
    if (!line.includes(HARD_LINK)) continue;
    const entry = parseIndexLine(line);
    const target = entry?.type === 'hardlink' ? byteLinkOf(entry) : undefined;
    if (entry?.stored !== true || target === undefined) continue;
    const path = bytePathOf(entry);
    if (wanted.verdict(path) === 'asked') names.set(target, [...(names.get(target) ?? []), path]);
  }
  return names;
}

/** Few lines hold it; only those are worth a parse. */
const HARD_LINK = '"type":"hardlink"';

function isPresent(base: BytePath, path: BytePath): boolean {
  return lstatSync(systemPath(base, path), { throwIfNoEntry: false })?.isDirectory() === false;
}

function link(base: BytePath, target: BytePath, name: BytePath): void {
  mkdirSync(systemPath(base, name.slice(0, Math.max(0, name.lastIndexOf('/')))), { recursive: true });
  rmSync(systemPath(base, name), { force: true });
  linkSync(systemPath(base, target), systemPath(base, name));
}
