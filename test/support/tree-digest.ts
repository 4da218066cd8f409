import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';

/**
 * Everything about a tree that a restore must bring back, one line per entry: path bytes, type, mode,
 * owner, times to the nanosecond, extended attributes (ACLs and capabilities among them), hard-link
 * groups of files and links, and content. Two trees are equal exactly when their digests are.
 */
export function digestTree(root: string): readonly string[] {
  const seen = new Map<string, string>();
  const attributes = attributesBelow(root);
  const lines: string[] = [];
  const visit = (path: string): void => {
    const system = Buffer.from(`${root}${path}`, 'latin1');
    const stats = lstatSync(system, { bigint: true });
    lines.push([JSON.stringify(path), ...describe(system, stats), groupOf(stats, path, seen)].join(' '));
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(system, { encoding: 'latin1' }).sort()) visit(`${path}/${name}`);
  };
  visit('');
  return [...lines, ...attributes];
}

function describe(path: Buffer, stats: BigIntStats): string[] {
  const facts = [stats.mode.toString(8), `${String(stats.uid)}:${String(stats.gid)}`, String(stats.mtimeNs)];
  if (stats.isSymbolicLink()) facts.push(`-> ${JSON.stringify(readlinkSync(path, 'latin1'))}`);
  if (stats.isCharacterDevice() || stats.isBlockDevice()) facts.push(`device ${String(stats.rdev)}`);
  if (stats.isFile())
    facts.push(String(stats.size), createHash('sha256').update(readFileSync(path)).digest('hex'));
  return facts;
}

function groupOf(stats: BigIntStats, path: string, seen: Map<string, string>): string {
  if (stats.nlink < 2n || !(stats.isFile() || stats.isSymbolicLink())) return '';
  const key = `${String(stats.dev)}:${String(stats.ino)}`;
  const first = seen.get(key) ?? path;
  seen.set(key, first);
  return `with ${JSON.stringify(first)}`;
}

/** One block per entry that has any, in the order of names. */
function attributesBelow(root: string): string[] {
  const text = execFileSync('getfattr', ['-R', '-h', '-d', '-m', '-', '-e', 'hex', '.'], {
    cwd: root,
    encoding: 'latin1',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const blocks = text.split('\n\n').filter((block) => block !== '');
  return blocks.map((block) => block.split('\n').sort().join(' ')).sort();
}
