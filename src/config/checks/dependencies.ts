import { textOf } from '../source/tree.ts';
import { find, itemsOf, type CheckContext, type Found } from './context.ts';

interface Edge {
  readonly to: string;
  readonly found: Found;
}

/** `dependsOn` must not lead back to where it started; every cycle is said once, with its path. */
export function checkDependencies(context: CheckContext): void {
  const edges = new Map(context.resources.map(({ name, path }) => [name, edgesOf(context, path)]));
  const done = new Set<string>();
  for (const start of edges.keys()) walk(start, { edges, done, report: context.report });
}

function edgesOf({ tree }: CheckContext, path: Found['path']): readonly Edge[] {
  const list = find(tree, [...path, 'dependsOn']);
  return (list === undefined ? [] : itemsOf(list)).map((found) => ({ to: textOf(found.tree) ?? '', found }));
}

interface Walk extends Pick<CheckContext, 'report'> {
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
  readonly done: Set<string>;
}

/** Depth first with a stack of its own: a chain may be as long as the plan. */
function walk(start: string, { edges, done, report }: Walk): void {
  const trail: { name: string; next: number }[] = [{ name: start, next: 0 }];
  const onTrail = new Set([start]);
  for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
    const edge = done.has(top.name) ? undefined : edges.get(top.name)?.[top.next];
    top.next += 1;
    if (edge === undefined) {
      done.add(top.name);
      onTrail.delete(top.name);
      trail.pop();
    } else if (onTrail.has(edge.to)) {
      const names = trail.map(({ name }) => name);
      const cycle = [...names.slice(names.indexOf(edge.to)), edge.to].join(' → ');
      report.error('BP1208', `dependsOn forms a cycle: ${cycle}`, edge.found.tree.place, {
        path: edge.found.path,
      });
    } else if (edges.has(edge.to)) {
      trail.push({ name: edge.to, next: 0 });
      onTrail.add(edge.to);
    }
  }
}
