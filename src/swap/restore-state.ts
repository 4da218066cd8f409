import type { BeginLine, JournalLine } from './journal-line.ts';
import type { SwapPlan } from './plan.ts';

/** What a journal says of a restore. What is really there is for the disk to say. */
export interface RestoreState {
  readonly restoreId: string;
  readonly begin: BeginLine;
  /** The processes that took it up and never said that they were done with it. */
  readonly holders: readonly string[];
  readonly resources: ReadonlyMap<string, ResourceState>;
  readonly ended: boolean;
  readonly discarded: boolean;
}

export interface ResourceState {
  readonly resource: string;
  readonly folders: readonly string[];
  readonly snapshotId?: string;
  readonly swap?: SwapPlan;
  readonly load?: { readonly before?: string };
  readonly migrating: boolean;
  readonly placed?: { readonly checkFailed: boolean };
  /** The hooks after it have run. */
  readonly released: boolean;
  readonly undo?: 'begun' | 'done';
}

/** Undefined where no restore began. Lines that were cut are passed over: nothing followed them. */
export function replay(restoreId: string, text: string): RestoreState | undefined {
  const lines = text.split('\n').flatMap(parse);
  const begin = lines.find((line) => line.kind === 'begin');
  if (begin?.restoreId !== restoreId) return undefined;
  const resources = new Map<string, ResourceState>();
  for (const line of lines) {
    if (!('resource' in line)) continue;
    const known = resources.get(line.resource) ?? {
      resource: line.resource,
      folders: [],
      migrating: false,
      released: false,
    };
    resources.set(line.resource, follow(known, line));
  }
  return {
    restoreId,
    begin,
    holders: holdersIn(lines),
    resources,
    ended: lines.some(({ kind }) => kind === 'end'),
    discarded: lines.some(({ kind }) => kind === 'discard'),
  };
}

function holdersIn(lines: readonly JournalLine[]): readonly string[] {
  const ended = lines.findLastIndex(({ kind }) => kind === 'end');
  return lines.slice(ended + 1).flatMap((line) => ('holder' in line ? [line.holder] : []));
}

function parse(text: string): readonly JournalLine[] {
  try {
    const value = JSON.parse(text) as JournalLine | null;
    return typeof value?.kind === 'string' ? [value] : [];
  } catch {
    return [];
  }
}

function follow(
  state: ResourceState,
  line: Extract<JournalLine, { readonly resource: string }>,
): ResourceState {
  switch (line.kind) {
    case 'stage':
      return { ...state, folders: [...state.folders, ...line.folders] };
    case 'swap': {
      const { resource, folders, migrating } = state;
      return { resource, folders, migrating, released: false, snapshotId: line.snapshotId, swap: line.plan };
    }
    case 'load':
      return {
        ...state,
        snapshotId: line.snapshotId,
        load: line.before === undefined ? {} : { before: line.before },
      };
    case 'migrate':
      return { ...state, migrating: true };
    case 'placed':
      return { ...state, placed: { checkFailed: line.checkFailed } };
    case 'released':
      return { ...state, released: true };
    case 'undo':
      return { ...state, undo: 'begun' };
    case 'undone':
      return { ...state, undo: 'done' };
  }
}

/** Replaced, or about to be, and not brought back. */
export function isTouched({ swap, load, undo }: ResourceState): boolean {
  return (swap !== undefined || load !== undefined) && undo !== 'done';
}
