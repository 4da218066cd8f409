import { at, entriesAt, textOf } from '../source/tree.ts';
import { find, itemsOf, scheduleUses, type CheckContext, type Found, type ResourceView } from './context.ts';

/** Where nothing is staged, ciphertext can go to one place only, and that one must take what has no length yet. */
export function checkStaging(context: CheckContext): void {
  for (const resource of context.resources) {
    const staging = find(context.tree, [...resource.path, 'limits', 'staging']);
    if (staging === undefined || textOf(staging.tree) !== 'none') continue;
    const problem = problemOf(context, resource);
    if (problem !== undefined)
      context.report.error('BP1321', problem, staging.tree.place, { path: staging.path });
  }
}

function problemOf(context: CheckContext, resource: ResourceView): string | undefined {
  for (const names of choicesOf(resource)) {
    const [only, ...others] = names;
    if (only === undefined) continue;
    if (others.length > 0)
      return `without staging there can be one target, and "${resource.name}" has ${String(names.length)}`;
    if (!streams(context, only)) return `target "${only}" cannot take a capture that is not staged`;
  }
  return undefined;
}

/** Names of targets: those of the resource, and of each mode that has its own. */
function choicesOf({ effective }: ResourceView): readonly (readonly string[])[] {
  const schedule = effective('schedule');
  const uses = schedule === undefined ? [] : scheduleUses(schedule);
  const ofModes = uses.map(({ tree }) => find(tree, ['targets']));
  return [effective('targets'), ...ofModes].flatMap((found) => (found === undefined ? [] : [namesOf(found)]));
}

function namesOf(found: Found): readonly string[] {
  const { tree } = found;
  if (tree.kind === 'list') return itemsOf(found).flatMap((item) => textOf(item.tree) ?? []);
  return entriesAt(tree, []).map(([name]) => name);
}

/** What is wrong with an unknown target or type is said elsewhere. */
function streams({ tree, registries }: CheckContext, target: string): boolean {
  const type = textOf(at(tree, ['targets', target, 'type']));
  const known = registries.targets.find((one) => one.type === type);
  return known === undefined || known.streams === true;
}
