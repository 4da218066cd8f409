import type { Mode } from '../../domain/mode.ts';
import type { ResourceType } from '../../domain/resource-type.ts';
import type { Registries } from '../registries.ts';
import type { Report } from '../report.ts';
import { at, entriesAt, textOf, type MapTree, type Path, type Tree } from '../source/tree.ts';
import type { Unknown } from './check-interpolation.ts';

/** What every check works on. */
export interface CheckContext {
  readonly tree: MapTree;
  readonly registries: Registries;
  readonly report: Report;
  readonly unknown: Unknown;
  /** Where relative paths of the plan start. */
  readonly directory: string;
  readonly nowMs: number;
  readonly resources: readonly ResourceView[];
}

export interface ResourceView {
  readonly name: string;
  readonly path: Path;
  /** Absent where the type is unknown. */
  readonly type?: ResourceType;
  /** What the resource says under a key, else its default. */
  readonly effective: (key: string) => Found | undefined;
}

/** A value and where it stands. */
export interface Found {
  readonly tree: Tree;
  readonly path: Path;
}

export function viewResources(tree: MapTree, registries: Registries): readonly ResourceView[] {
  const types = new Map(registries.resources.map((type) => [type.type, type]));
  return entriesAt(tree, ['resources']).map(([name, { value }]) => {
    const type = types.get(textOf(at(value, ['type'])) ?? '');
    return {
      name,
      path: ['resources', name],
      ...(type === undefined ? {} : { type }),
      effective: (key) => find(tree, ['resources', name, key]) ?? find(tree, ['defaults', key]),
    };
  });
}

export function find(tree: Tree, path: Path): Found | undefined {
  const found = at(tree, path);
  return found === undefined ? undefined : { tree: found, path };
}

/** `defaults` and every resource: the maps that refer to schedules, retention, encryption and targets. */
export function holders({ tree, resources }: CheckContext): readonly Path[] {
  return [
    ...(at(tree, ['defaults']) === undefined ? [] : [['defaults']]),
    ...resources.map(({ path }) => path),
  ];
}

/** One use of a schedule: for one mode, or for the first mode of the type. */
export interface ScheduleUse extends Found {
  readonly mode?: Mode;
}

export function scheduleUses({ tree, path }: Found): readonly ScheduleUse[] {
  if (tree.kind === 'scalar') return [{ tree, path }];
  return entriesAt(tree, []).map(([mode, { value }]) => ({
    tree: value,
    path: [...path, mode],
    mode: mode as Mode,
  }));
}

/** Where a schedule that is a map says when: `cron`, or `onChange`. */
export function tickOf(tree: Tree, path: Path): Found | undefined {
  return find(tree, [...path, 'cron']) ?? find(tree, [...path, 'onChange']);
}

/** A key on every edge of `targets`, below a resource or `defaults`. */
export function onEdges(tree: Tree, holder: Path, key: 'retention' | 'schedule'): readonly Path[] {
  const targets = [...holder, 'targets'];
  return entriesAt(tree, targets).map(([name]) => [...targets, name, key]);
}

export function itemsOf({ tree, path }: Found): readonly Found[] {
  return tree.kind === 'list'
    ? tree.items.map((item, index) => ({ tree: item, path: [...path, index] }))
    : [];
}
