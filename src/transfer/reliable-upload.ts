import { failed, ok, type Result } from '../domain/result.ts';
import type { ObjectUpload, StagedFile, TransferOptions } from '../domain/target.ts';
import type { Way } from './settings.ts';
import { createWatch, type Watch } from './watch.ts';

interface UploadRequest {
  readonly key: string;
  readonly file: StagedFile;
  readonly options: TransferOptions;
}

/** An attempt that comes further than all before it has all the time again. */
export async function uploadReliably(
  way: Way,
  { key, file, options }: UploadRequest,
): Promise<Result<'created' | 'exists'>> {
  const { target, patience } = way;
  const trial = patience.begin(options.signal);
  let furthest = 0;
  const onProgress = (bytes: number): void => {
    if (bytes <= furthest) return;
    furthest = bytes;
    trial.advanced();
    options.onProgress?.(bytes);
  };
  for (;;) {
    const watch = createWatch(way, options.signal);
    const uploaded = await watch.guard(() =>
      target.upload(key, file, watchedOptions(watch, { ...options, onProgress })),
    );
    watch.end();
    if (uploaded.ok) {
      trial.succeeded();
      return uploaded;
    }
    const end = await trial.weigh(uploaded.failure);
    if (end !== undefined) return failed(end);
  }
}

/** What is written is gone, so that only the beginning can be repeated; the rest is only watched. */
export function startReliably(
  way: Way,
  start: (options: TransferOptions) => Promise<Result<ObjectUpload>>,
  options: TransferOptions,
): Promise<Result<ObjectUpload>> {
  return way.patience.persist(async () => {
    const watch = createWatch(way, options.signal);
    const started = await watch.guard(() => start(watchedOptions(watch, options)));
    if (started.ok) return ok(watchedUpload(started.value, watch));
    watch.end();
    return started;
  }, options.signal);
}

function watchedOptions(watch: Watch, options: TransferOptions): TransferOptions {
  const { pace, onProgress } = options;
  return {
    ...options,
    signal: watch.signal,
    onProgress: (bytes) => {
      watch.moved();
      onProgress?.(bytes);
    },
    ...(pace && { pace: (bytes: number) => watch.aside(pace(bytes)) }),
  };
}

function watchedUpload(upload: ObjectUpload, watch: Watch): ObjectUpload {
  return {
    write: (chunk) => watch.guard(() => upload.write(chunk)),
    finish: async (expected) => {
      const finished = await watch.guard(() => upload.finish(expected));
      watch.end();
      return finished;
    },
    abort: async () => {
      await watch.guard(async () => {
        await upload.abort();
        return ok();
      });
      watch.end();
    },
  };
}
