import type { Result } from '../domain/result.ts';
import type { ObjectUpload } from '../domain/target.ts';

/**
 * Uploads that were begun by one step and are ended by a later one. What no step comes to end is
 * aborted with the run.
 */
export class OpenUploads {
  readonly #open = new Set<ObjectUpload>();

  /** The same upload, of which each end happens once: asked again, `finish` says what it said before. */
  track(upload: ObjectUpload): ObjectUpload {
    let finished: Promise<Result<'created' | 'exists'>> | undefined;
    const tracked: ObjectUpload = {
      write: (chunk) => upload.write(chunk),
      finish: (expected) => {
        this.#open.delete(tracked);
        finished ??= upload.finish(expected);
        return finished;
      },
      abort: async () => {
        if (this.#open.delete(tracked)) await upload.abort();
      },
    };
    this.#open.add(tracked);
    return tracked;
  }

  async abortAll(): Promise<void> {
    await Promise.all([...this.#open].map((upload) => upload.abort()));
  }
}
