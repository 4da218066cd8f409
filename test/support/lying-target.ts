import { failure, type Failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ListedObject, ObjectFacts, StoreNote, Target } from '../../src/domain/target.ts';

/** What a store does in place of what the contract says. */
export interface Lies {
  /** A second creation replaces the first content. */
  readonly replaces?: boolean;
  /** Creations that overlap all win. */
  readonly manyWinners?: boolean;
  /** Gives other bytes back. */
  readonly mangles?: boolean;
  /** A listing shows a new object only once this many more listings were asked for. */
  readonly listsLate?: number;
  /** Keys per page; the last key of every full page is left out. */
  readonly dropsAtPage?: number;
  readonly modifiedMs?: (trueMs: number) => number;
  readonly deniesRemove?: (key: string) => boolean;
  readonly deniesCreate?: boolean;
  /** Denies deletion as a store does that keeps everything for a while. */
  readonly locks?: boolean;
  readonly notes?: readonly StoreNote[];
}

/** A store that says yes and does something else. */
export function lyingTarget(target: Target, lies: Lies): Target {
  const creating = new Map<string, number>();
  const hidden = new Map<string, number>();
  const timed = <T extends ObjectFacts>(facts: T): T => ({
    ...facts,
    modifiedMs: lies.modifiedMs?.(facts.modifiedMs) ?? facts.modifiedMs,
  });
  const create = async (key: string, bytes: Uint8Array): Promise<Result<'created' | 'exists'>> => {
    if (lies.deniesCreate === true) return denied('creating', key);
    const overlapping = creating.get(key) ?? 0;
    creating.set(key, overlapping + 1);
    await Promise.resolve();
    if (lies.replaces === true) await target.remove(key);
    const created = await target.create(key, bytes);
    if (created.ok && created.value === 'created') hidden.set(key, lies.listsLate ?? 0);
    await Promise.resolve();
    creating.delete(key);
    return lies.manyWinners === true && overlapping > 0 ? ok('created') : created;
  };
  const list = async (prefix: string): Promise<Result<readonly ListedObject[]>> => {
    const listed = await target.list(prefix);
    if (!listed.ok) return listed;
    const shown = listed.value.filter(({ key }) => (hidden.get(key) ?? 0) <= 0);
    for (const { key } of listed.value) hidden.set(key, (hidden.get(key) ?? 0) - 1);
    const page = lies.dropsAtPage ?? Infinity;
    return ok(shown.filter((_, index) => (index + 1) % page !== 0).map(timed));
  };
  return {
    ...target,
    create,
    list,
    get: async (key, maxBytes) => {
      const got = await target.get(key, maxBytes);
      return lies.mangles === true && got.ok && got.value !== undefined && key !== 'repo.json'
        ? ok(Buffer.concat([got.value, Buffer.from('!')]))
        : got;
    },
    stat: async (key) => {
      const facts = await target.stat(key);
      return facts.ok && facts.value !== undefined ? ok(timed(facts.value)) : facts;
    },
    remove: async (key) => {
      if (lies.deniesRemove?.(key) === true) return denied('removing', key);
      const facts = await target.stat(key);
      const isLocked = lies.locks === true && facts.ok && facts.value !== undefined;
      return isLocked ? denied('removing', key, { locked: true }) : target.remove(key);
    },
    ...(lies.notes === undefined ? {} : { examine: () => Promise.resolve(ok(lies.notes ?? [])) }),
  };
}

function denied(doing: string, key: string, facts: Failure['facts'] = {}): Result<never> {
  return failed(failure('TARGET_DENIED', `${doing} ${key} is denied`, { facts }));
}
