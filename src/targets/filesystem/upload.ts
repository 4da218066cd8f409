import { constants } from 'node:fs';
import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { errnoOf, ifPresent } from './file-layer.ts';
import { publishByClaim, publishByLink, type Publication } from './publish.ts';
import { checkRoot, type Root } from './root.ts';
import type { Staging } from './staging.ts';
import { copyToNewFile, writeNewFile } from './write-file.ts';

/** What an opened target needs to write. */
export interface Writing {
  readonly root: Root;
  readonly staging: Staging;
  /** Staged files of which an fsync failed once; they are copied, never synced again. */
  readonly unsyncable: Set<string>;
}

export async function createObject(writing: Writing, key: string, bytes: Uint8Array): Promise<Publication> {
  await checkRoot(writing.root);
  const file = await writing.staging.newFile();
  await writeNewFile(writing.root.layer, file, bytes);
  return publishTemporary(writing, file, key);
}

/**
 * A link where the file is staged on this target, else a copy: copies on two targets of one file
 * system must not share their blocks, or what damages one damages both.
 */
export async function uploadObject(
  writing: Writing,
  key: string,
  staged: StagedFile,
  options: TransferOptions,
): Promise<Publication> {
  await checkRoot(writing.root);
  const linked = await uploadByLink(writing, key, staged);
  if (linked !== undefined) {
    options.onProgress?.(staged.bytes);
    return linked;
  }
  const file = await writing.staging.newFile();
  await copyToNewFile(writing.root.layer, file, staged, options);
  return publishTemporary(writing, file, key);
}

/** The file loses its name. */
export async function publishTemporary({ root }: Writing, file: string, key: string): Promise<Publication> {
  try {
    return (await publishByLink(root, file, key)) ?? (await publishByClaim(root, file, key));
  } finally {
    // Gone already after a rename; otherwise the next run collects what stays.
    await root.layer.unlink(file).catch(() => undefined);
  }
}

async function uploadByLink(
  { root, unsyncable }: Writing,
  key: string,
  staged: StagedFile,
): Promise<Publication | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await ifPresent(root.layer.open(staged.path, flags));
  if (handle === undefined) throw new Refusal('CORRUPT', `${staged.path} is gone`);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size !== staged.bytes)
      throw new Refusal('CORRUPT', `${staged.path} changed after it was staged`);
    const isOurs = staged.path.startsWith(`${root.path}/`) && stats.uid === process.geteuid?.();
    if (!isOurs || unsyncable.has(staged.path)) return undefined;
    if ((stats.mode & 0o777) !== 0o600) await handle.chmod(0o600);
    try {
      await handle.sync();
    } catch (error) {
      if (errnoOf(error) !== undefined) unsyncable.add(staged.path);
      throw error;
    }
  } finally {
    await handle.close();
  }
  return publishByLink(root, staged.path, key);
}
