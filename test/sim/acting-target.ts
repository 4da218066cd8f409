import type { Result } from '../../src/domain/result.ts';
import type { Target } from '../../src/domain/target.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** A target on which every operation of an actor waits for its turn. */
export function actingTarget(target: Target, scheduler: Scheduler, actor: Actor): Target {
  const turn = <T>(what: string, key: string, effect: () => Promise<Result<T>>): Promise<Result<T>> =>
    scheduler.perform(actor, { what, key: `${target.name}:${key}` }, effect);
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
    list: (prefix) => turn('list', prefix, () => target.list(prefix)),
    remove: (key) => turn('remove', key, () => target.remove(key)),
    space: () => target.space(),
    stagingDirectory: (runId) => target.stagingDirectory(runId),
    close: () => target.close(),
  };
}
