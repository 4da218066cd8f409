import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Target } from '../../domain/target.ts';
import { attempt } from './attempt.ts';
import { ifPresent, type FileLayer } from './file-layer.ts';
import { listObjects } from './list-objects.ts';
import type { FilesystemOptions } from './options.ts';
import { readWhole, statObject, streamObject } from './read-object.ts';
import { checkRoot, makeRoot, openRoot } from './root.ts';
import { removeStaleStaging } from './stale-staging.ts';
import { createStaging } from './staging.ts';
import { startObject } from './stream-object.ts';
import { syncDirectory } from './sync.ts';
import { createObject, uploadObject, type Writing } from './upload.ts';

export function createFilesystemTarget(layer: FileLayer, name: string, options: FilesystemOptions): Target {
  let writing: Writing | undefined;
  const opened = (): Writing => {
    if (writing === undefined) throw new Error(`target ${name} is used before it was opened`);
    return writing;
  };
  const on = <T>(doing: string, work: (writing: Writing) => Promise<T>): Promise<Result<T>> =>
    attempt(`target ${name}: ${doing}`, () => work(opened()));
  const open = async (): Promise<Result<void>> => {
    const root = await attempt(`target ${name}: opening ${options.path}`, () => openRoot(layer, options));
    if (!root.ok) return root;
    writing = { root: root.value, staging: createStaging(root.value), unsyncable: new Set() };
    return ok();
  };
  return {
    name,
    capabilities: { createOnly: true, listAfterWrite: true, staging: true, streaming: true },
    open,
    prepare: async () => {
      const made = await attempt(`target ${name}: creating ${options.path}`, () => makeRoot(layer, options));
      return made.ok ? open() : made;
    },
    get: (key, maxBytes) => on(`reading ${key}`, ({ root }) => readWhole(root, key, maxBytes)),
    create: (key, bytes) => on(`creating ${key}`, (own) => createObject(own, key, bytes)),
    upload: (key, file, transfer = {}) => {
      if (transfer.signal?.aborted === true)
        return Promise.resolve(failed(failure('INTERRUPTED', `uploading ${key} was interrupted`)));
      return on(`uploading ${key}`, (own) => uploadObject(own, key, file, transfer));
    },
    startUpload: (key, transfer = {}) => on(`uploading ${key}`, (own) => startObject(own, key, transfer)),
    read: (key, reading = {}) => on(`reading ${key}`, ({ root }) => streamObject(root, key, reading)),
    stat: (key) => on(`looking at ${key}`, ({ root }) => factsOf(root, key)),
    list: (prefix) => on(`listing ${prefix}`, ({ root }) => listObjects(root, prefix)),
    remove: (key) => on(`removing ${key}`, ({ root }) => removeObject(root, key)),
    space: () => on('asking for free space', ({ root }) => spaceOf(root)),
    stagingDirectory: (runId) => on('making a staging folder', (own) => stagingFolder(own, runId)),
    close: async () => {
      await writing?.staging.removeAll();
      writing = undefined;
    },
  };
}

async function factsOf(
  root: Writing['root'],
  key: string,
): Promise<{ size: number; modifiedMs: number } | undefined> {
  const found = await statObject(root, key);
  return found === undefined
    ? undefined
    : { size: found.stats.size, modifiedMs: Math.floor(found.stats.mtimeMs) };
}

async function removeObject(root: Writing['root'], key: string): Promise<void> {
  const found = await statObject(root, key);
  if (found === undefined) return;
  await ifPresent(root.layer.unlink(found.path));
  await syncDirectory(root.layer, found.path.slice(0, found.path.lastIndexOf('/')));
}

async function spaceOf(root: Writing['root']): Promise<{ freeBytes: number; totalBytes: number }> {
  await checkRoot(root);
  const { bavail, blocks, bsize } = await root.layer.statfs(root.path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** The age of others' folders is judged against our own fresh one: both times are the store's. */
async function stagingFolder({ root, staging }: Writing, runId: string): Promise<string> {
  const folder = await staging.folderOf(runId);
  const { mtimeMs } = await root.layer.lstat(folder);
  await removeStaleStaging(root, mtimeMs);
  return folder;
}
