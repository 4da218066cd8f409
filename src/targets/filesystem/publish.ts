import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from './attempt.ts';
import { claimPath, takeClaim } from './claim.ts';
import { errnoOf, ifPresent } from './file-layer.ts';
import { ensureDirectory, type Root } from './root.ts';
import { syncDirectory } from './sync.ts';

export type Publication = 'created' | 'exists';

/** What link(2) says where there are no hard links, or no more of them. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);
const CLAIM_POLL_MS = 20;
const CLAIM_POLLS = 1500;

/**
 * Gives a durable file its final name, unless the name is taken; the file keeps its first name.
 * Undefined where this file system cannot link, and nothing has happened.
 */
export async function publishByLink(root: Root, file: string, key: string): Promise<Publication | undefined> {
  const final = await finalPath(root, key);
  try {
    await root.layer.link(file, final);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return existing(root, final);
    if (NO_LINKS.has(errno) || errno === 'EXDEV') return undefined;
    throw error;
  }
  await syncDirectory(root.layer, dirname(final));
  return 'created';
}

/**
 * The same where there are no hard links: whoever creates the claim of a key exclusively may rename
 * the file to its final name, after a look that it is free; the others wait and find the name taken.
 * The file loses its first name.
 */
export async function publishByClaim(root: Root, file: string, key: string): Promise<Publication> {
  const final = await finalPath(root, key);
  const claim = await claimPath(root, key);
  for (let poll = 0; poll < CLAIM_POLLS; poll += 1) {
    if ((await ifPresent(root.layer.lstat(final))) !== undefined) return existing(root, final);
    if (await takeClaim(root, claim, file)) return renameUnderClaim(root, { file, final, claim });
    await delay(CLAIM_POLL_MS);
  }
  throw new Refusal('TARGET_IO', `another process is about to create ${key} and does not finish`);
}

async function renameUnderClaim(
  root: Root,
  { file, final, claim }: Readonly<Record<'file' | 'final' | 'claim', string>>,
): Promise<Publication> {
  try {
    if ((await ifPresent(root.layer.lstat(final))) !== undefined) return await existing(root, final);
    await root.layer.rename(file, final);
    await syncDirectory(root.layer, dirname(final));
    return 'created';
  } finally {
    await root.layer.unlink(claim);
  }
}

/** Somebody's file is there, perhaps our own of an earlier attempt that died before its fsync. */
async function existing(root: Root, final: string): Promise<Publication> {
  const stats = await ifPresent(root.layer.lstat(final));
  if (stats !== undefined && !stats.isFile())
    throw new Refusal('TARGET_UNSAFE', `${final} is not a regular file`);
  await syncDirectory(root.layer, dirname(final));
  return 'exists';
}

async function finalPath(root: Root, key: string): Promise<string> {
  const segments = segmentsOf(key);
  const name = segments.at(-1) ?? '';
  return join(await ensureDirectory(root, segments.slice(0, -1)), name);
}

/** Callers pass keys of the grammar; anything that could leave the root is a bug of theirs. */
export function segmentsOf(key: string): string[] {
  const segments = key.split('/');
  const bad = segments.some(
    (segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'),
  );
  if (bad) throw new RangeError(`not a key: ${JSON.stringify(key)}`);
  return segments;
}
