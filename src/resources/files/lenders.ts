import { rmdirSync, rmSync } from 'node:fs';
import { byteLinkOf, bytePathOf, parseIndexLine, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import type { Level } from './chain-level.ts';
import { systemPath } from './walk.ts';
import { alsoWanting } from './wanted.ts';
import type { Wanted } from './wanted.ts';

/**
 * What is wanted, and the files that were not asked for but hold the content of hard links that were,
 * in any level: a link may have had another first name before.
 */
export async function withLenders(
  wanted: Wanted,
  levels: readonly Level[],
): Promise<{ readonly wanted: Wanted; readonly lenders: ReadonlySet<BytePath> }> {
  const lenders = new Set(levels.flatMap((level) => [...level.lenders]));
  for (let known = 0; known < lenders.size;) {
    known = lenders.size;
    const sofar = alsoWanting(wanted, lenders);
    for (const level of levels) await addLenders(level, sofar, lenders);
  }
  return { wanted: lenders.size === 0 ? wanted : alsoWanting(wanted, lenders), lenders };
}

async function addLenders(level: Level, wanted: Wanted, lenders: Set<BytePath>): Promise<void> {
  for await (const line of level.lines()) {
    if (!line.includes('"type":"hardlink"')) continue;
    const entry = parseIndexLine(line);
    const target = entry?.type === 'hardlink' ? byteLinkOf(entry) : undefined;
    if (entry === undefined || target === undefined || wanted.verdict(bytePathOf(entry)) !== 'asked')
      continue;
    if (wanted.verdict(target) !== 'asked') lenders.add(target);
  }
}

/** They were unpacked only for the links, which keep the content. */
export function removeLenders(staging: string, lenders: ReadonlySet<BytePath>): void {
  const base = toBytePath(staging);
  for (const lender of lenders) {
    rmSync(systemPath(base, lender), { force: true });
    removeEmptyAbove(base, lender);
  }
}

function removeEmptyAbove(base: BytePath, path: BytePath): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    try {
      rmdirSync(systemPath(base, path.slice(0, slash)));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return;
    }
  }
}
