import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errnoOf, ifPresent } from './file-layer.ts';
import { livenessOf } from './process-identity.ts';
import { ensureDirectory, type Root } from './root.ts';
import { CLAIMS_FOLDER, writeOwner } from './staging.ts';

/** Where the claim of a key lies, on file systems that have no hard links. */
export async function claimPath(root: Root, key: string): Promise<string> {
  return join(
    await ensureDirectory(root, ['tmp', CLAIMS_FOLDER]),
    createHash('sha256').update(key).digest('hex'),
  );
}

/** A claim is held for the time of one rename. */
const ABANDONED_MS = 600_000;

/**
 * True for exactly one process at a time. A claim whose process is dead, or that is much older than
 * `fresh`, a file just written beside it, is removed, so that the next call can succeed.
 */
export async function takeClaim(root: Root, claim: string, fresh: string): Promise<boolean> {
  try {
    await writeOwner(root, claim);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  if (await isAbandoned(root, claim, fresh)) await ifPresent(root.layer.unlink(claim));
  return false;
}

async function isAbandoned({ layer }: Root, claim: string, fresh: string): Promise<boolean> {
  const owner = await ifPresent(layer.readFile(claim, 'utf8'));
  const [made, now] = await Promise.all([ifPresent(layer.lstat(claim)), layer.lstat(fresh)]);
  if (owner === undefined || made === undefined) return false;
  return livenessOf(owner) === 'dead' || now.mtimeMs - made.mtimeMs > ABANDONED_MS;
}
