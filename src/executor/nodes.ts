import type { RunGraph, Step } from '../domain/run-graph.ts';

/** A step with what the run knows about it so far. */
export interface Node {
  readonly step: Step;
  /** Nodes that name this one in `needs`. */
  readonly dependants: Node[];
  /** Nodes that name this one in `after`. */
  readonly finalizers: Node[];
  /** Length of the longest way from a step without predecessors. */
  depth: number;
  openNeeds: number;
  openAfter: number;
  /** A step that this finalizer follows has started, so it must run. */
  owed: boolean;
  state: 'waiting' | 'queued' | 'running' | 'ended';
  /** Present once it has started, and kept. */
  attempt?: { readonly controller: AbortController; readonly startedMs: number };
}

/** Wires the steps of a graph. A graph that could never end is a bug of its maker, so it throws. */
export function buildNodes(graph: RunGraph): readonly Node[] {
  const nodes = new Map(graph.steps.map((step) => [step.id, newNode(step)]));
  if (nodes.size < graph.steps.length) throw new Error('run graph: two steps have the same id');
  for (const node of nodes.values()) {
    for (const id of node.step.needs) find(nodes, id, node).dependants.push(node);
    for (const id of node.step.after ?? []) find(nodes, id, node).finalizers.push(node);
  }
  const all = [...nodes.values()];
  measureDepth(all);
  return all;
}

export function isFinalizer(node: Node): boolean {
  return node.step.after !== undefined && node.step.after.length > 0;
}

function newNode(step: Step): Node {
  return {
    step,
    dependants: [],
    finalizers: [],
    depth: 0,
    openNeeds: step.needs.length,
    openAfter: step.after?.length ?? 0,
    owed: false,
    state: 'waiting',
  };
}

function find(nodes: ReadonlyMap<string, Node>, id: string, namedBy: Node): Node {
  const node = nodes.get(id);
  if (node === undefined) throw new Error(`run graph: ${namedBy.step.id} names unknown step ${id}`);
  return node;
}

function measureDepth(nodes: readonly Node[]): void {
  const open = new Map(nodes.map((node) => [node, node.openNeeds + node.openAfter]));
  const sorted = nodes.filter((node) => open.get(node) === 0);
  for (const node of sorted) {
    for (const next of [...node.dependants, ...node.finalizers]) {
      next.depth = Math.max(next.depth, node.depth + 1);
      const left = (open.get(next) ?? 0) - 1;
      open.set(next, left);
      if (left === 0) sorted.push(next);
    }
  }
  if (sorted.length < nodes.length) throw new Error('run graph: steps need each other in a cycle');
}
