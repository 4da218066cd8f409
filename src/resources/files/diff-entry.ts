import { lstatSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { errnoOf } from '../../domain/errno.ts';
import { byteLinkOf } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { DiffView } from './diff-view.ts';
import { typeOf } from './walk.ts';

const PERMISSION_BITS = 0o7777;

interface Beside {
  readonly view: DiffView;
  readonly place: string | Buffer;
}

/** What of a listed entry is otherwise at its place; empty where all is the same. Reads no content. */
export function differences(entry: IndexEntry, stats: BigIntStats, beside: Beside): string[] {
  const type = typeOf(stats);
  const listed = entry.type === 'hardlink' ? 'file' : entry.type;
  const otherType = entry.type === 'hardlink' ? type === 'directory' : listed !== type;
  if (otherType) return ['type'];
  return [
    ...(listed === 'file' && type === 'file' && entry.size !== Number(stats.size) ? ['size'] : []),
    ...(entry.mtimeNs === String(stats.mtimeNs) ? [] : ['mtime']),
    ...(type === 'symlink' || entry.mode === (Number(stats.mode) & PERMISSION_BITS) ? [] : ['mode']),
    ...(entry.uid === Number(stats.uid) && entry.gid === Number(stats.gid) ? [] : ['owner']),
    ...(leadsElsewhere(entry, stats, beside) ? ['link'] : []),
  ];
}

function leadsElsewhere(entry: IndexEntry, stats: BigIntStats, { view, place }: Beside): boolean {
  const link = byteLinkOf(entry);
  if (link === undefined) return false;
  if (entry.type === 'symlink') return readLink(place) !== link;
  const first = view.systemPathOf(link);
  const other = first === undefined ? 'none' : statsAt(first);
  return typeof other === 'string' || other.ino !== stats.ino || other.dev !== stats.dev;
}

function readLink(place: string | Buffer): string | undefined {
  try {
    return readlinkSync(place, 'latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** `closed`: something may be there, but this process cannot look. */
export function statsAt(place: string | Buffer): BigIntStats | 'none' | 'closed' {
  try {
    return lstatSync(place, { bigint: true });
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'none' : 'closed';
  }
}
