import { ok, type Result } from '../../domain/result.ts';
import type { Target, TargetCapabilities, TargetContext } from '../../domain/target.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channel.ts';
import type { Patience } from './connect.ts';
import { examineServer } from './examine.ts';
import { fullInstead, spaceAt } from './full.ts';
import { again, createLink } from './link.ts';
import { listObjects } from './list-objects.ts';
import type { SftpOptions } from './options.ts';
import { makePlace, openPlace, pathOf, type Place } from './place.ts';
import { readWhole, statObject, streamObject } from './read-object.ts';
import { ifPresent } from './refusal.ts';
import { beginStream } from './stream-upload.ts';
import { uploadObject } from './upload.ts';
import { createObject, createWriting, type Writing } from './writing.ts';

export function createSftpTarget(context: TargetContext, options: SftpOptions, patience: Patience): Target {
  const { name } = context;
  const link = createLink({ options, context, patience });
  let writing: Writing | undefined;
  const opened = (): Writing => {
    if (writing === undefined) throw new Error(`target ${name} is used before it was opened`);
    return writing;
  };
  const say = (doing: string): string => `target ${name}: ${doing}`;
  /** What changes nothing, or may happen twice. */
  const on = <T>(doing: string, work: (channel: Channel, place: Place) => Promise<T>): Promise<Result<T>> => {
    const { place } = opened();
    return attempt(say(doing), () => again(link, (channel) => work(channel, place)));
  };
  const write = async <T>(doing: string, work: (writing: Writing) => Promise<T>): Promise<Result<T>> => {
    const own = opened();
    return fullInstead(own.place, await attempt(say(doing), () => work(own)));
  };
  const open = async (): Promise<Result<void>> => {
    const place = await attempt(say('opening'), () => again(link, () => openPlace(link, options.path)));
    if (!place.ok) return place;
    writing = createWriting(place.value, context);
    return ok();
  };
  return {
    name,
    get capabilities() {
      return capabilitiesOf(writing);
    },
    open,
    prepare: async () => {
      const make = (): Promise<void> => again(link, (channel) => makePlace(channel, options.path));
      const made = await attempt(say('creating the folder'), make);
      return made.ok ? open() : made;
    },
    get: (key, maxBytes) =>
      on(`reading ${key}`, (channel, place) => readWhole(channel, place, key, maxBytes)),
    create: (key, bytes) => write(`creating ${key}`, (own) => createObject(own, key, bytes)),
    upload: (key, file, transfer = {}) =>
      write(`uploading ${key}`, (own) => uploadObject(own, key, file, transfer)),
    startUpload: (key, transfer = {}) => write(`uploading ${key}`, (own) => beginStream(own, key, transfer)),
    read: (key, reading = {}) => on(`reading ${key}`, (_, place) => streamObject(place, key, reading)),
    stat: (key) => on(`looking at ${key}`, (channel, place) => statObject(channel, place, key)),
    list: (prefix) => on(`listing ${prefix}`, (channel, place) => listObjects(channel, place, prefix)),
    remove: (key) => on(`removing ${key}`, (channel, place) => removeObject(channel, place, key)),
    examine: () =>
      on('examining', (channel) => Promise.resolve(examineServer(channel, writing?.knownWays()))),
    space: () => on('asking for free space', (channel, { root }) => spaceAt(channel, root)),
    stagingDirectory: () => Promise.resolve(ok(undefined)),
    close: async () => {
      const leaving = writing;
      writing = undefined;
      if (leaving !== undefined) await attempt(say('leaving'), () => leaving.staging.leave(link));
      link.close();
    },
  };
}

/** Create-only until the server was seen to be incapable of it, which is before the first write. */
function capabilitiesOf(writing: Writing | undefined): TargetCapabilities {
  const createOnly = writing?.knownWays()?.publishing !== 'look';
  return { createOnly, listAfterWrite: true, staging: false, streaming: true };
}

async function removeObject(channel: Channel, place: Place, key: string): Promise<void> {
  await ifPresent(channel.remove(pathOf(place, key)));
}
