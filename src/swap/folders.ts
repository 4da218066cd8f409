import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Tools } from '../domain/command.ts';
import { errnoOf } from '../domain/errno.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { recognise, refusal, withDirectory } from './directory.ts';
import { lookAt, makeFolder } from './entry.ts';
import { DISCARDED, SAFETY, STAGED } from './lay-out.ts';
import type { Site } from './site.ts';

/** Makes the private folders of all sites, or none; one that is there already is not touched. */
export async function makeFolders(sites: readonly Site[]): Promise<Result<void>> {
  const folders = new Map(sites.map(({ folder, base }) => [folder, base]));
  const own: string[] = [];
  for (const [folder, base] of folders) {
    const made = await makeFolder(folder, [base]);
    if (made.ok) own.push(folder);
    const filled = made.ok ? await fill(folder) : made;
    if (filled.ok) continue;
    await removeFolders(own);
    return filled;
  }
  return ok();
}

async function fill(folder: string): Promise<Result<void>> {
  for (const name of [STAGED, SAFETY, DISCARDED]) {
    const inner = await makeFolder(join(folder, name));
    if (!inner.ok) return inner;
  }
  return ok();
}

/** Removes what is staged; what an undo needs stays, also where it is empty yet. */
export async function removeStaged(folders: readonly string[]): Promise<Result<void>> {
  for (const folder of folders) {
    const unstaged = await removeTree(join(folder, STAGED));
    if (!unstaged.ok) return unstaged;
  }
  return ok();
}

/** Removes what is staged, then each folder that holds nothing any more. */
export async function tidyFolders(folders: readonly string[]): Promise<Result<void>> {
  const unstaged = await removeStaged(folders);
  if (!unstaged.ok) return unstaged;
  for (const folder of folders) {
    for (const path of [join(folder, SAFETY), join(folder, DISCARDED), folder]) await removeEmpty(path);
  }
  return ok();
}

/** With all it holds; nothing happens where it is gone. */
export async function removeFolder(folder: string): Promise<Result<void>> {
  return removeTree(folder);
}

export async function removeFolders(folders: readonly string[]): Promise<Result<void>> {
  for (const folder of folders) {
    const removed = await removeFolder(folder);
    if (!removed.ok) return removed;
  }
  return ok();
}

async function removeTree(path: string): Promise<Result<void>> {
  const there = await lookAt(path, []);
  if (!there.ok) return there;
  if (there.value === undefined) return ok();
  return withDirectory(dirname(path), [], async (directory) => {
    await rm(directory.at(basename(path)), { recursive: true, force: true });
    await directory.sync();
    return ok();
  });
}

async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

export interface Bring {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/** Copies a staged tree to another file system with everything about it, sharing blocks where that is possible. */
export async function bring(tools: Tools, { from, to, signal }: Bring): Promise<Result<void>> {
  const argv = ['cp', '--archive', '--reflink=auto', '--no-target-directory', '--', from, to] as const;
  const run = await tools.run({ argv, env: { LC_ALL: 'C' } }, { signal });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  const { stderr } = run.value;
  const isFull = /No space left on device|Disk quota exceeded/.test(stderr);
  const message = `what is staged cannot be brought to ${dirname(to)}`;
  return failed(failure(isFull ? 'TARGET_FULL' : 'RESTORE_FAILED', message, { toolOutput: stderr }));
}

/** Everything that was written to the file system of a folder is durable once this has returned. */
export async function flush(tools: Tools, folder: string): Promise<Result<void>> {
  const run = await tools.run({ argv: ['sync', '--file-system', '--', folder] });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  return failed(
    failure('RESTORE_FAILED', `${folder} cannot be made durable`, { toolOutput: run.value.stderr }),
  );
}

export async function deviceOf(path: string): Promise<Result<string>> {
  try {
    const found = await recognise(path);
    return found.ok ? ok(found.value.device) : found;
  } catch (error) {
    return failed(refusal(error, path));
  }
}
