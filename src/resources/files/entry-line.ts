import { isUtf8 } from 'node:buffer';
import { readlinkSync } from 'node:fs';
import { bytesOf } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import { systemPath } from './walk.ts';
import type { EntryType, Found } from './walk.ts';

export interface EntryText {
  /** The JSON line without its last brace, one character per byte. */
  readonly open: string;
  /** False where a change could hide from the time stamps. */
  readonly settled: boolean;
}

export interface LinkFacts {
  readonly type: EntryType;
  readonly link?: BytePath;
}

const PERMISSION_BITS = 0o7777;

/**
 * The index line of an entry. Its keys stand in one order, so that two lines are equal exactly when
 * the entries are; a fresh change time is left out, so that the line is equal to none.
 */
export function entryText({ path, stats }: Found, { type, link }: LinkFacts, nowNs: bigint): EntryText {
  const settled = !isFresh(stats.ctimeNs, nowNs);
  const size = type === 'file' || type === 'hardlink' ? `,"size":${String(stats.size)}` : '';
  const ctime = settled ? `,"ctimeNs":"${String(stats.ctimeNs)}"` : '';
  const open =
    `{${pathText('path', path)},"type":"${type}","mode":${String(Number(stats.mode) & PERMISSION_BITS)}` +
    `,"uid":${String(stats.uid)},"gid":${String(stats.gid)}${size},"mtimeNs":"${String(stats.mtimeNs)}"` +
    `${ctime},"inode":"${String(stats.ino)}"${link === undefined ? '' : `,${pathText('link', link)}`}`;
  return { open, settled };
}

/** Undefined where it is gone or no longer a link. */
export function readLink(path: BytePath): BytePath | undefined {
  try {
    return readlinkSync(systemPath('', path), 'latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

const KERNEL_TICK_NS = 50_000_000n;
const COARSE_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/**
 * A second change within the resolution of the clock leaves no trace in the times: a kernel tick on
 * most file systems, two seconds on those that keep whole seconds.
 */
export function isFresh(ctimeNs: bigint, nowNs: bigint): boolean {
  return ctimeNs > nowNs - (ctimeNs % SECOND_NS === 0n ? COARSE_NS : KERNEL_TICK_NS);
}

// What JSON allows unescaped, in ASCII.
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7f]*$/;
// eslint-disable-next-line no-control-regex -- what JSON demands to escape
const ESCAPED = /["\\\x00-\x1f]/g;

function pathText(key: string, path: BytePath): string {
  if (PLAIN.test(path)) return `"${key}":"${path}"`;
  const bytes = bytesOf(path);
  if (!isUtf8(bytes)) return `"${key}64":"${bytes.toString('base64')}"`;
  return `"${key}":"${path.replace(ESCAPED, (character) => JSON.stringify(character).slice(1, -1))}"`;
}
