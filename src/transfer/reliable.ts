import { failed, ok, type Result } from '../domain/result.ts';
import type { Target } from '../domain/target.ts';
import { createPatience } from './patience.ts';
import { readReliably } from './reliable-read.ts';
import { startReliably, uploadReliably } from './reliable-upload.ts';
import type { ReliableSettings, Way } from './settings.ts';
import { within } from './time-limit.ts';

/** Listings of many objects take many requests, and show nothing of them. */
const LISTING_FACTOR = 5;
/** A connection that does not end by then is left to the operating system. */
const CLOSING_MS = 10_000;

/**
 * The same target over a network that fails: what failed in a way that passes is tried again, reads
 * are taken up where they ended, and what stands still is ended with TARGET_TIMEOUT. Repeating is
 * safe because every operation is idempotent but the publishing ones, which never replace anything:
 * where one of them finds its own bytes after an answer was lost, that was its success.
 */
export function reliable(target: Target, settings: ReliableSettings): Target {
  const patience = createPatience(target.name, settings);
  const way: Way = { target, settings, patience };
  const plain = <T>(work: () => Promise<Result<T>>, factor = 1): Promise<Result<T>> =>
    patience.persist(() => within(limitOf(way, factor), work));
  const thaw = target.thaw?.bind(target);
  const examine = target.examine?.bind(target);
  const recovery = target.recovery?.bind(target);
  const startUpload = target.startUpload?.bind(target);
  return {
    name: target.name,
    // What a store lacks may be found out on the way.
    get capabilities() {
      return target.capabilities;
    },
    open: () => plain(() => target.open()),
    prepare: () => plain(() => target.prepare()),
    get: (key, maxBytes) => plain(() => target.get(key, maxBytes)),
    create: (key, bytes) => createReliably(way, key, bytes),
    upload: (key, file, options = {}) => uploadReliably(way, { key, file, options }),
    ...(startUpload && {
      startUpload: (key, options = {}) => startReliably(way, (watched) => startUpload(key, watched), options),
    }),
    read: (key, options = {}) => readReliably(way, key, options),
    stat: (key) => plain(() => target.stat(key)),
    list: (prefix) => plain(() => target.list(prefix), LISTING_FACTOR),
    remove: (key) => plain(() => target.remove(key)),
    ...(recovery && { recovery: (key) => plain(() => recovery(key)) }),
    ...(thaw && { thaw: (key, request) => plain(() => thaw(key, request)) }),
    ...(examine && { examine: () => plain(() => examine()) }),
    space: () => plain(() => target.space()),
    stagingDirectory: (runId) => plain(() => target.stagingDirectory(runId)),
    close: () => closeSoon(way),
  };
}

/** An answer that was lost is asked for: equal bytes under the key are those of an earlier attempt. */
async function createReliably(
  way: Way,
  key: string,
  bytes: Uint8Array,
): Promise<Result<'created' | 'exists'>> {
  const { target, patience } = way;
  let attempts = 0;
  const created = await patience.persist(() => {
    attempts += 1;
    return within(limitOf(way), () => target.create(key, bytes));
  });
  if (attempts === 1 || !created.ok || created.value === 'created') return created;
  const present = await patience.persist(() => within(limitOf(way), () => target.get(key, bytes.length)));
  if (!present.ok) return present.failure.code === 'CORRUPT' ? created : failed(present.failure);
  return ok(present.value?.equals(bytes) === true ? 'created' : 'exists');
}

function limitOf(
  { target, settings, patience }: Way,
  factor = 1,
): { readonly target: string; readonly limitMs: number; readonly timers: Way['settings']['timers'] } {
  return { target: target.name, limitMs: patience.attemptMs() * factor, timers: settings.timers };
}

async function closeSoon({ target, settings: { timers } }: Way): Promise<void> {
  await within({ target: target.name, limitMs: CLOSING_MS, timers }, async () => {
    await target.close();
    return ok();
  });
}
