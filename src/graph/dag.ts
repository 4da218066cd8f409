/** A node and what must come before it. Names that are no nodes are ignored. */
export interface DagNode {
  readonly id: string;
  readonly needs: readonly string[];
}

export type Sorted<N extends DagNode> =
  | { readonly sorted: true; readonly order: readonly N[] }
  /** The path of a cycle, each needing the next; the first is repeated at the end. */
  | { readonly sorted: false; readonly cycle: readonly string[] };

/** Every node after all that it needs; otherwise in the order given. Takes linear time. */
export function sortTopologically<N extends DagNode>(nodes: readonly N[]): Sorted<N> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const open = new Map(nodes.map((node) => [node.id, knownNeeds(node, byId).length]));
  const dependants = dependantsOf(nodes, byId);
  const order = nodes.filter((node) => open.get(node.id) === 0);
  for (const node of order) {
    for (const dependant of dependants.get(node.id) ?? []) {
      const left = (open.get(dependant.id) ?? 0) - 1;
      open.set(dependant.id, left);
      if (left === 0) order.push(dependant);
    }
  }
  if (order.length === nodes.length) return { sorted: true, order };
  const stuck = new Map(nodes.filter((node) => (open.get(node.id) ?? 0) > 0).map((node) => [node.id, node]));
  return { sorted: false, cycle: walkCycle(stuck) };
}

/** The path of a cycle, or undefined where there is none. */
export function findCycle(nodes: readonly DagNode[]): readonly string[] | undefined {
  const sorted = sortTopologically(nodes);
  return sorted.sorted ? undefined : sorted.cycle;
}

function dependantsOf<N extends DagNode>(
  nodes: readonly N[],
  byId: ReadonlyMap<string, N>,
): Map<string, N[]> {
  const dependants = new Map<string, N[]>(nodes.map((node) => [node.id, []]));
  for (const node of nodes) {
    for (const need of knownNeeds(node, byId)) dependants.get(need)?.push(node);
  }
  return dependants;
}

function knownNeeds(node: DagNode, byId: ReadonlyMap<string, DagNode>): string[] {
  return [...new Set(node.needs)].filter((need) => byId.has(need));
}

/** Every stuck node needs a stuck node, so a walk along needs must come back to where it was. */
function walkCycle(stuck: ReadonlyMap<string, DagNode>): string[] {
  const path: string[] = [];
  const places = new Map<string, number>();
  let [current] = stuck.keys();
  while (current !== undefined && !places.has(current)) {
    places.set(current, path.length);
    path.push(current);
    current = stuck.get(current)?.needs.find((need) => stuck.has(need));
  }
  return current === undefined ? path : [...path.slice(places.get(current)), current];
}
