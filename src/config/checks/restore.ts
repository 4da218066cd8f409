import { textOf, type Path } from '../source/tree.ts';
import { find, itemsOf, type CheckContext, type ResourceView } from './context.ts';

/** What surrounds a restore must make one way forward, and fit the type. */
export function checkRestore(context: CheckContext): void {
  for (const resource of context.resources) {
    checkMigrations(context, resource.path);
    checkFileKeys(context, resource);
  }
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly path: Path;
}

function checkMigrations(context: CheckContext, resource: Path): void {
  const next = new Map<string, Step>();
  for (const step of stepsOf(context, [...resource, 'restore', 'migrate'])) {
    if (next.has(step.from)) {
      const message = `two entries of "migrate" lead away from version "${step.from}"`;
      report(context, step.path, message, 'Keep one, so that the way from any version is clear.');
      continue;
    }
    const circle = circleFrom(step, next);
    if (circle === undefined) {
      next.set(step.from, step);
      continue;
    }
    const message = `"migrate" goes round in a circle: ${circle.join(' → ')}`;
    report(context, step.path, message, 'Each entry leads from an older version to a newer one.');
  }
}

function stepsOf({ tree, unknown }: CheckContext, path: Path): readonly Step[] {
  const list = find(tree, path);
  return (list === undefined ? [] : itemsOf(list)).flatMap((item) => {
    const from = find(tree, [...item.path, 'from']);
    const to = find(tree, [...item.path, 'to']);
    const names = { from: textOf(from?.tree), to: textOf(to?.tree) };
    if (from === undefined || to === undefined || unknown.has(from.tree) || unknown.has(to.tree)) return [];
    if (names.from === undefined || names.to === undefined) return [];
    return [{ from: names.from, to: names.to, path: from.path }];
  });
}

/** The versions on the way from a step back to its start; `next` has no circle of its own. */
function circleFrom({ from, to }: Step, next: ReadonlyMap<string, Step>): readonly string[] | undefined {
  const way = [from, to];
  for (let at = to; at !== from;) {
    const step = next.get(at);
    if (step === undefined) return undefined;
    at = step.to;
    way.push(at);
  }
  return way;
}

function report({ tree, report: to }: CheckContext, path: Path, message: string, help: string): void {
  to.error('BP1320', message, find(tree, path)?.tree.place, { path, help });
}

function checkFileKeys({ tree, report: to }: CheckContext, { type, path }: ResourceView): void {
  if (type === undefined || (type.live !== undefined && type.live.kind !== 'load')) return;
  for (const key of ['owner', 'fileMode']) {
    const found = find(tree, [...path, 'restore', key]);
    if (found === undefined) continue;
    const help = 'Let the commands that restore it see to owners and modes.';
    to.warning(
      'BP2013',
      `a ${type.type} resource has no live files, so "${key}" has no effect`,
      found.tree.place,
      {
        path: found.path,
        help,
      },
    );
  }
}
