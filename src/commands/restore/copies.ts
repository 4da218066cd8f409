import type { Opener } from '../../domain/cryptography.ts';
import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Copy, CopyState, Snapshot } from '../../domain/snapshot.ts';
import type { Target } from '../../domain/target.ts';
import { chainLink } from '../../steps/chain-link.ts';
import type { Workspace } from '../workspace.ts';

/** Failures that say "this copy is bad", after which another copy is worth a try. */
const BAD_COPY: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'CORRUPT',
  'TRUNCATED',
  'NOT_FOUND',
  'ARCHIVED',
  'TARGET_UNREACHABLE',
  'TARGET_TIMEOUT',
  'TARGET_DENIED',
  'TARGET_AUTH',
  'TARGET_UNTRUSTED',
  'TARGET_UNSAFE',
  'TARGET_IO',
]);

export function isBadCopy(why: Failure): boolean {
  return BAD_COPY.has(why.code);
}

/** Which copies of a chain have been tried in vain. */
export class CopyChoice {
  readonly #workspace: Workspace;
  readonly #bad = new Map<string, Failure>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /**
   * The nearest copy of each member that has not failed yet: on this machine, then at this site, then
   * offsite, in the plan's order of targets; what is archived only where nothing else is left, because
   * it may have been thawed.
   */
  choose(chain: readonly Snapshot[], preferred?: string): Result<readonly Copy[]> {
    const copies: Copy[] = [];
    for (const snapshot of chain) {
      const copy = this.#usable(snapshot, preferred)[0];
      if (copy === undefined) return failed(this.#exhausted(snapshot));
      copies.push(copy);
    }
    return ok(copies);
  }

  /** True where another choice is possible after this one failed. */
  reject(snapshot: Snapshot, copy: Copy, why: Failure): boolean {
    this.#bad.set(placeOf(snapshot.id, copy.target), why);
    return this.#usable(snapshot).length > 0;
  }

  #usable(snapshot: Snapshot, preferred?: string): readonly Copy[] {
    const rank = rankOf(this.#workspace, preferred);
    return snapshot.copies
      .filter((copy) => isReadable(copy) && this.#workspace.repositories.has(copy.target))
      .filter((copy) => !this.#bad.has(placeOf(snapshot.id, copy.target)))
      .sort((a, b) => rank(a) - rank(b));
  }

  #exhausted(snapshot: Snapshot): Failure {
    const failures = [...this.#bad].filter(([place]) => place.startsWith(snapshot.id));
    const reasons = failures.map(([place, why]) => `${targetIn(place)}: ${why.message}`);
    return failure(
      'CORRUPT',
      `no usable copy of ${snapshot.id} is left${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    );
  }
}

function isReadable({ state }: Copy): boolean {
  return state === 'present' || state === 'archived';
}

/** The smaller the nearer. */
function rankOf({ plan, repositories }: Workspace, preferred: string | undefined): (copy: Copy) => number {
  const names = Object.keys(plan.targets);
  return ({ target, state }) => {
    if (target === preferred) return -1;
    const isHere = repositories.get(target)?.target.capabilities.staging === true;
    const distance = plan.targets[target]?.offsite === true ? 2 : isHere ? 0 : 1;
    return ((state === 'archived' ? 3 : 0) + distance) * names.length + names.indexOf(target);
  };
}

/** Copies that cannot be used, known before anything is read: a restore passes over them, but not in silence. */
export function passedOver({ closed }: Workspace, chain: readonly Snapshot[]): readonly string[] {
  const targets = [...closed].map(([name, { failure: why }]) => `target ${name} is not used: ${why.message}`);
  const copies = chain.flatMap(({ id, copies: all }) =>
    all
      .filter(({ state, target }) => state !== 'present' && !closed.has(target))
      .map(({ state, target }) => `the copy of ${id} on ${target} is ${state}${insteadOf(state, all)}`),
  );
  return [...targets, ...copies];
}

function insteadOf(state: CopyState, copies: readonly Copy[]): string {
  const isLast = state === 'archived' && !copies.some((copy) => copy.state === 'present');
  return isLast ? ', and must be thawed (`--thaw`) before it can be read' : '; another one is used';
}

function placeOf(snapshotId: string, target: string): string {
  return `${snapshotId}@${target}`;
}

function targetIn(place: string): string {
  return place.slice(place.indexOf('@') + 1);
}

interface LinkRequest {
  readonly workspace: Workspace;
  readonly opener: Opener;
  readonly signal: AbortSignal;
}

export interface LinkWatch {
  /** Told in passing what is damaged and not needed. */
  readonly note?: (message: string) => void;
  /** Learns which copy failed. */
  readonly onFailure?: (copy: Copy, why: Failure) => void;
  /** Told of every piece of ciphertext, of indexes too. */
  readonly onBytes?: (bytes: number) => void;
}

/** Links for the chosen copies, oldest first. */
export function openLinks(
  { workspace, opener, signal }: LinkRequest,
  copies: readonly Copy[],
  { onFailure, onBytes, note }: LinkWatch = {},
): readonly [ChainLink, ...ChainLink[]] {
  const links = copies.map((copy) => {
    const repository = workspace.repositories.get(copy.target);
    if (repository === undefined) throw new Error(`target ${copy.target} is not open`);
    const target = onBytes === undefined ? repository.target : counted(repository.target, onBytes);
    const link = chainLink({
      record: copy.record,
      repository: { ...repository, target },
      opener,
      signal,
      ...(note === undefined ? {} : { note }),
    });
    return observed(link, (why) => {
      onFailure?.(copy, why);
    });
  });
  return links as unknown as readonly [ChainLink, ...ChainLink[]];
}

/** The same target, which tells of what is read. */
function counted(target: Target, onBytes: (bytes: number) => void): Target {
  return {
    ...target,
    async read(key, options) {
      const object = await target.read(key, options);
      if (!object.ok) return object;
      const { size, bytes, localPath } = object.value;
      return ok({
        size,
        bytes: told(bytes, onBytes),
        failure: () => object.value.failure(),
        ...(localPath === undefined ? {} : { localPath }),
      });
    },
  };
}

async function* told(bytes: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function observed(link: ChainLink, onFailure: (why: Failure) => void): ChainLink {
  const watch = async <T>(work: Promise<Result<T>>): Promise<Result<T>> => {
    const result = await work;
    if (!result.ok) onFailure(result.failure);
    return result;
  };
  return {
    record: link.record,
    index: () => watch(link.index()),
    deliver: (artifact, sink) => watch(link.deliver(artifact, sink)),
  };
}
