import { holdIntents, type Intents } from '../catalog/prune/intents.ts';
import type { Repository } from '../catalog/repository.ts';
import type { Failure } from '../domain/failure.ts';
import type { CopyTask } from '../domain/run-graph.ts';
import type { RunContext } from './ports.ts';

/** Where the parts of one copy are read. */
export interface CopySources {
  /** Those that have not failed yet, the nearest first. */
  usable(): readonly Repository[];
  /** Says on the source that it is read, so that no prune deletes there meanwhile. */
  reading(source: Repository): Promise<void>;
  /** Nothing more is read there. */
  reject(source: Repository, why: Failure): void;
  warn(message: string): void;
  warnings(): readonly string[];
  release(): Promise<void>;
}

/** Another attempt begins with another source: it may be the reading that failed. */
export function copySources(run: RunContext, copy: CopyTask, attempt: number): CopySources {
  const open = rotated(copy.sources, attempt - 1).flatMap((name) => run.repositories.get(name) ?? []);
  const bad = new Set<Repository>();
  const held = new Map<Repository, Promise<Intents>>();
  const warnings: string[] = [];
  const { plan, runId, clock, timers } = run;
  return {
    usable: () => open.filter((source) => !bad.has(source)),
    reading: async (source) => {
      const snapshotIds = [copy.snapshotId];
      const request = { repository: source, plan: plan.name, snapshotIds, runId, clock, timers };
      if (!held.has(source)) held.set(source, holdIntents(request));
      await held.get(source);
    },
    reject: (source, why) => {
      bad.add(source);
      warnings.push(`the copy of ${copy.snapshotId} on ${source.target.name} is not used: ${why.message}`);
    },
    warn: (message) => warnings.push(message),
    warnings: () => warnings,
    release: async () => {
      for (const intents of held.values()) await (await intents).release();
    },
  };
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
