import { randomBytes } from 'node:crypto';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { SpaceFacts, Target, TargetContext } from '../../domain/target.ts';
import { surroundingsOf } from './configuration.ts';
import { listObjects, statObject } from './entries.ts';
import { examineRemote } from './examine.ts';
import { readFeatures } from './features.ts';
import { readOptions, type RcloneOptions } from './options.ts';
import { addressOf, requirePlace, type Place } from './place.ts';
import { createObject, uploadFile } from './publish.ts';
import { createRclone } from './rclone.ts';
import { readWhole, streamObject } from './read-object.ts';

export function createRcloneTarget(context: TargetContext): Target {
  const { name } = context;
  const options = readOptions(context.options, context.planDirectory);
  let opened: Place | undefined;
  const place = (): Place => {
    if (opened === undefined) throw new Error(`target ${name} is used before it was opened`);
    return opened;
  };
  const open = async (isNew: boolean): Promise<Result<void>> => {
    const found = await connect(context, options);
    if (!found.ok) return found;
    const { rclone, remote } = found.value;
    const made = isNew ? await rclone.run(`making ${remote}`, ['mkdir', '--', remote]) : ok();
    const there = made.ok ? await requirePlace(found.value) : made;
    if (there.ok) opened = found.value;
    return there;
  };
  return {
    name,
    capabilities: { createOnly: false, listAfterWrite: true, staging: false },
    open: () => open(false),
    prepare: () => open(true),
    get: async (key, maxBytes) => readWhole(place(), key, maxBytes),
    create: async (key, bytes) => createObject(place(), key, bytes),
    upload: async (key, file, transfer) => uploadFile(place(), key, file, transfer),
    read: async (key, reading = {}) => streamObject(place(), key, reading),
    stat: async (key) => {
      const found = await statObject(place(), key);
      if (!found.ok) return found;
      return ok(found.value && { size: found.value.size, modifiedMs: found.value.modifiedMs });
    },
    list: async (prefix) => listObjects(place(), prefix),
    remove: async (key) => removeObject(place(), key),
    examine: async () => examineRemote(place()),
    space: async () => spaceOf(place()),
    stagingDirectory: () => Promise.resolve(ok(undefined)),
    close: async () => {
      if (opened?.features.move === true) await removeTemporary(opened);
      opened = undefined;
    },
  };
}

async function connect(context: TargetContext, options: RcloneOptions): Promise<Result<Place>> {
  const { remote, remoteName, readBack } = options;
  const surroundings = await surroundingsOf(context, options);
  if (!surroundings.ok) return surroundings;
  const rclone = createRclone(context, surroundings.value);
  const listed = await rclone.run('listing remotes', ['listremotes']);
  if (!listed.ok) return listed;
  if (!listed.value.toString('utf8').split('\n').includes(remoteName)) {
    const hint = 'Add it with `rclone config`, or name the configuration file with `config`.';
    return failed(failure('TARGET_DENIED', `rclone has no remote ${remoteName}`, { hint }));
  }
  const features = await readFeatures(rclone, remote);
  if (!features.ok) return features;
  return ok({ rclone, remote, features: features.value, readBack, temporary: `tmp/${temporaryId(context)}` });
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** A ULID, as runs have them: what lies in such a folder is known to be left over when it is old. */
function temporaryId({ clock }: TargetContext): string {
  let time = '';
  for (let ms = clock.nowMs(); time.length < 10; ms = Math.floor(ms / 32))
    time = (CROCKFORD[ms % 32] ?? '') + time;
  return time + [...randomBytes(16)].map((byte) => CROCKFORD[byte % 32]).join('');
}

async function removeObject(place: Place, key: string): Promise<Result<void>> {
  const removed = await place.rclone.run(`removing ${key}`, ['deletefile', '--', addressOf(place, key)]);
  if (removed.ok) return ok();
  // There is no exit code for what was not there.
  const left = await statObject(place, key);
  if (!left.ok) return left;
  return left.value === undefined ? ok() : removed;
}

/** A folder with something in it stays, for a prune to collect. */
async function removeTemporary(place: Place): Promise<void> {
  await place.rclone.run('removing a folder', ['rmdir', '--', addressOf(place, place.temporary)]);
}

async function spaceOf({ rclone, remote, features }: Place): Promise<Result<SpaceFacts | undefined>> {
  if (!features.space) return ok(undefined);
  const printed = await rclone.run('asking for free space', ['about', '--json', '--', remote]);
  if (!printed.ok) return printed;
  try {
    const { free, total } = JSON.parse(printed.value.toString('utf8')) as Record<string, unknown>;
    const isTold = typeof free === 'number' && typeof total === 'number';
    return ok(isTold ? { freeBytes: free, totalBytes: total } : undefined);
  } catch {
    return failed(failure('TOOL_OUTPUT', 'rclone about prints no sizes'));
  }
}
