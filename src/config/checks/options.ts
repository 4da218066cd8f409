import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ownOptions, resourceOptions } from '../normalise/options.ts';
import { SHARED_KEYS } from '../schema/plan-schema.ts';
import {
  addressOf,
  at,
  entriesAt,
  keyPlaceAt,
  objectOf,
  textOf,
  type Path,
  type Tree,
} from '../source/tree.ts';
import { visit } from './check-interpolation.ts';
import type { CheckContext } from './context.ts';

interface Checkable {
  readonly type: string;
  check?(options: JsonObject): readonly Finding[];
}

type Section = 'resources' | 'targets' | 'notifications';

/** What the types themselves have to say about their options, once the schema has accepted them. */
export function checkOptions(context: CheckContext): void {
  const broken = brokenEntries(context);
  for (const section of ['resources', 'targets', 'notifications'] as const) {
    const types = new Map(context.registries[section].map((type): [string, Checkable] => [type.type, type]));
    for (const [name, { value }] of entriesAt(context.tree, [section])) {
      const path = [section, name];
      const type = types.get(textOf(at(value, ['type'])) ?? '');
      if (type?.check === undefined || broken.has(addressOf(path)) || hasUnknown(context, value)) continue;
      for (const finding of type.check(optionsOf(value, section))) report(context, path, finding);
    }
  }
}

function optionsOf(tree: Tree, section: Section): JsonObject {
  const value = tree.kind === 'map' ? objectOf(tree) : {};
  return section === 'resources' ? resourceOptions(value) : ownOptions(value, SHARED_KEYS[section]);
}

/** `resources.calls` for everything that is wrong at or below it. */
function brokenEntries({ report: { diagnostics } }: CheckContext): ReadonlySet<string> {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return new Set(errors.map(({ address = '' }) => /^[^.[]+\.[^.[]+/.exec(address)?.[0] ?? ''));
}

function hasUnknown({ unknown }: CheckContext, tree: Tree): boolean {
  let found = false;
  if (unknown.size > 0) visit(tree, [], (scalar) => (found ||= unknown.has(scalar)));
  return found;
}

function report(
  { tree, report: to }: CheckContext,
  above: Path,
  { code, severity, message, path, help }: Finding,
): void {
  const full = [...above, ...path];
  const value = at(tree, full);
  const place =
    value?.kind === 'scalar' && value.place.end > value.place.start ? value.place : keyPlaceAt(tree, full);
  to[severity](code, message, place, { path: full, ...(help === undefined ? {} : { help }) });
}
