import PQueue from 'p-queue';

import type { Lane } from '../domain/run-graph.ts';

export interface LaneLimits {
  /** Steps that may work on this host at once. */
  readonly concurrency: number;
  /** Steps that may talk to one target at once, where `targets` does not say otherwise. */
  readonly perTarget: number;
  readonly targets?: Readonly<Record<string, number>>;
}

export interface Lanes {
  /** Runs `task` when its lane has a place, higher `priority` first. `task` must not reject. */
  add(lane: Lane, priority: number, task: () => Promise<void>): void;
}

export function createLanes(limits: LaneLimits): Lanes {
  const host = new PQueue({ concurrency: limits.concurrency });
  const targets = new Map<string, PQueue>();
  const queueOf = (target: string): PQueue =>
    queueOfTarget(targets, target, limits.targets?.[target] ?? limits.perTarget);
  return {
    add(lane, priority, task) {
      const queue = lane.kind === 'host' ? host : queueOf(lane.target);
      void queue.add(task, { priority });
    },
  };
}

function queueOfTarget(queues: Map<string, PQueue>, target: string, concurrency: number): PQueue {
  const known = queues.get(target);
  if (known !== undefined) return known;
  const created = new PQueue({ concurrency });
  queues.set(target, created);
  return created;
}
