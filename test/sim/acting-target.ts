import { ok, type Result } from '../../src/domain/result.ts';
import type { ListedObject, Target } from '../../src/domain/target.ts';
import type { Actor, Scheduler } from './scheduler.ts';

export interface Acting {
  readonly scheduler: Scheduler;
  readonly actor: Actor;
  /** Of listings, each of which has a turn of its own; 0: one for all. */
  readonly pageSize: number;
}

/** A target on which every operation of an actor waits for its turn. */
export function actingTarget(target: Target, { scheduler, actor, pageSize }: Acting): Target {
  const turn = <T>(what: string, key: string, effect: () => Promise<Result<T>>): Promise<Result<T>> =>
    scheduler.perform(actor, { what, key: `${target.name}:${key}` }, effect);

  async function inPages(prefix: string): Promise<Result<readonly ListedObject[]>> {
    const listed: ListedObject[] = [];
    for (;;) {
      const after = listed.at(-1)?.key ?? '';
      const page = await turn('list', `${prefix} after ${after}`, () => target.list(prefix));
      if (!page.ok) return page;
      const rest = page.value.filter(({ key }) => key > after);
      listed.push(...rest.slice(0, pageSize));
      if (rest.length <= pageSize) return ok(listed);
    }
  }

  return {
    name: target.name,
    // What a simulated backup ships is staged.
    capabilities: { ...target.capabilities, streaming: false },
    open: () => target.open(),
    prepare: () => target.prepare(),
    get: (key, maxBytes) => turn('get', key, () => target.get(key, maxBytes)),
    create: (key, bytes) => turn('create', key, () => target.create(key, bytes)),
    upload: (key, file, options) => turn('upload', key, () => target.upload(key, file, options)),
    read: (key, options) => turn('read', key, () => target.read(key, options)),
    stat: (key) => turn('stat', key, () => target.stat(key)),
    list: (prefix) => (pageSize === 0 ? turn('list', prefix, () => target.list(prefix)) : inPages(prefix)),
    remove: (key) => turn('remove', key, () => target.remove(key)),
    space: () => target.space(),
    stagingDirectory: (runId) => target.stagingDirectory(runId),
    close: () => target.close(),
  };
}
