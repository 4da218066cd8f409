import { sortTopologically, type DagNode } from './dag.ts';

/** How much of a graph can run at once, and how much cannot. */
export interface Shape {
  /** Length of the longest way from a start to each node, 0 for a start. */
  readonly depths: ReadonlyMap<string, number>;
  /** Nodes on the longest way. */
  readonly length: number;
  /** The most nodes at one depth. */
  readonly width: number;
}

/** The graph must have no cycle; one that has is a bug of its maker. */
export function shapeOf(nodes: readonly DagNode[]): Shape {
  const sorted = sortTopologically(nodes);
  if (!sorted.sorted) throw new Error(`graph has a cycle: ${sorted.cycle.join(' → ')}`);
  const depths = new Map<string, number>();
  const counts: number[] = [];
  for (const { id, needs } of sorted.order) {
    const depth = needs.reduce((deepest, need) => Math.max(deepest, (depths.get(need) ?? -1) + 1), 0);
    depths.set(id, depth);
    counts[depth] = (counts[depth] ?? 0) + 1;
  }
  const width = counts.reduce((widest, count) => Math.max(widest, count), 0);
  return { depths, length: counts.length, width };
}
