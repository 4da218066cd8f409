import { createHash } from 'node:crypto';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { failureFromErrno } from '../domain/errno.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { formatBytes } from '../domain/size.ts';
import type { ObjectBytes, StagedFile } from '../domain/target.ts';
import { blameSource, blameTarget, damageOf, type ObjectCopied, type ObjectCopy } from './object-copy.ts';
import type { RunContext } from './ports.ts';

interface Fetch {
  readonly copy: ObjectCopy;
  readonly bytes: ObjectBytes;
}

/**
 * Fetches an object into a private file, for targets that take only files: on the target itself
 * where it stages, so that the upload is a link, else in scratch. The file is gone afterwards.
 */
export async function withStagedCopy(
  run: RunContext,
  fetch: Fetch,
  use: (file: StagedFile) => Promise<ObjectCopied>,
): Promise<ObjectCopied> {
  const folder = await stagingFolder(run, fetch.copy);
  if (!folder.ok) return blameTarget(folder.failure);
  const { object } = fetch.copy;
  const path = join(folder.value.path, object.key.replaceAll('/', '.'));
  try {
    const fetched = await fetchTo(path, fetch);
    return fetched.ok ? await use({ ...object, path }) : fetched;
  } finally {
    await rm(path, { force: true });
    await folder.value.remove();
  }
}

interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

async function stagingFolder(run: RunContext, { object, to }: ObjectCopy): Promise<Result<Folder>> {
  const own = to.capabilities.staging ? await to.stagingDirectory(run.runId) : ok(undefined);
  if (!own.ok) return own;
  if (own.value !== undefined) return ok({ path: own.value, remove: () => Promise.resolve() });
  const short = await shortage(run.plan.scratchDirectory, object.bytes);
  if (short !== undefined) return failed(short);
  return run.makePrivateDirectory(run.plan.scratchDirectory, 'backup-plan-copy');
}

async function shortage(folder: string, bytes: number): Promise<Failure | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= bytes) return undefined;
    const free = formatBytes(bavail * bsize);
    return failure('STAGE_FAILED', `scratch has ${free} free, ${formatBytes(bytes)} are needed for a copy`);
  } catch (error) {
    return failureFromErrno(error, `cannot examine ${folder}`);
  }
}

async function fetchTo(path: string, { copy, bytes }: Fetch): Promise<ObjectCopied> {
  const hash = createHash('sha256');
  let total = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of bytes.bytes) {
        hash.update(chunk);
        total += chunk.length;
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return blameTarget(failureFromErrno(error, `cannot stage ${copy.object.key}`));
  }
  const broken = bytes.failure() ?? damageOf(copy, { total, sha256: hash.digest('hex') });
  return broken === undefined ? { ok: true } : blameSource(broken);
}
