import { findCycle, type DagNode } from './dag.ts';

interface Ordered {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

interface Barrier {
  readonly name: string;
  readonly members: readonly string[];
}

/**
 * The path of a cycle that no order of captures can satisfy, first repeated at the end. A group is
 * captured in one go, so a way out of it and back in is a cycle too, named `group NAME`.
 */
export function orderingCycle(
  resources: readonly Ordered[],
  groups: readonly Barrier[],
): readonly string[] | undefined {
  const own = findCycle(resources.map(({ name, dependsOn }) => ({ id: name, needs: dependsOn })));
  return own ?? findCycle(contracted(resources, groups));
}

function contracted(resources: readonly Ordered[], groups: readonly Barrier[]): DagNode[] {
  const placeOf = new Map(
    groups.flatMap(({ name, members }) => members.map((member) => [member, `group ${name}`])),
  );
  const needs = new Map<string, Set<string>>();
  for (const { name, dependsOn } of resources) {
    const place = placeOf.get(name) ?? name;
    const outside = dependsOn.map((other) => placeOf.get(other) ?? other).filter((other) => other !== place);
    needs.set(place, new Set([...(needs.get(place) ?? []), ...outside]));
  }
  return [...needs].map(([id, set]) => ({ id, needs: [...set] }));
}
