import { find, type CheckContext } from './context.ts';
import { entriesAt } from '../source/tree.ts';

const PLACES = ['docker', 'compose', 'kubernetes', 'ssh', 'sudo'];

/** One place for the tools of a resource; only ssh and sudo are two parts of one. */
export function checkVia({ tree, resources, report }: CheckContext): void {
  for (const { name, path } of resources) {
    const via = find(tree, [...path, 'via']);
    if (via?.tree.kind !== 'map') continue;
    const problem = problemOf(new Set(entriesAt(via.tree, []).map(([key]) => key)));
    if (problem !== undefined)
      report.error('BP1326', `via of "${name}" ${problem}`, via.tree.place, { path: via.path });
  }
}

function problemOf(keys: ReadonlySet<string>): string | undefined {
  const named = PLACES.filter((place) => keys.has(place));
  if (named.length === 0) return 'names no place';
  if (keys.has('options') && !keys.has('ssh')) return 'has options, which go with ssh';
  if (named.length === 1 || named.join() === 'ssh,sudo') return undefined;
  return `names ${named.join(' and ')}`;
}
