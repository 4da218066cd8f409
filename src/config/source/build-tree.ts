import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { interpolate, isOneExpression, type Environment } from '../interpolation.ts';
import type { Report } from '../report.ts';
import { isExact, retype } from './retype.ts';
import type { Place, Source } from './source.ts';
import type { JsonPrimitive, ScalarTree, Tree, TreeEntry } from './tree.ts';

/** Most values a plan may have once its aliases are written out. */
const MAX_VALUES = 500_000;

/** Names that every JavaScript object answers to. */
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

interface Builder {
  readonly source: Source;
  readonly document: Document.Parsed;
  readonly environment: Environment;
  readonly report: Report;
  /** The node that an anchor means from here on. */
  readonly anchors: Map<string, Node>;
  readonly built: Map<Node, Tree>;
  readonly open: Set<Node>;
  readonly sizes: WeakMap<Tree, number>;
}

/** YAML document → tree; undefined where an alias makes it endless or far too large. */
export function buildTree(
  document: Document.Parsed,
  source: Source,
  context: { environment: Environment; report: Report },
): Tree | undefined {
  const builder = {
    source,
    document,
    ...context,
    anchors: new Map(),
    built: new Map(),
    open: new Set<Node>(),
    sizes: new WeakMap(),
  };
  if (document.contents === null) return undefined;
  const tree = build(builder, document.contents);
  if ((builder.sizes.get(tree) ?? 0) <= MAX_VALUES) return tree;
  context.report.error(
    'BP1012',
    `aliases blow this file up to more than ${String(MAX_VALUES)} values`,
    { source, start: 0, end: 1 },
    {
      help: 'Write out what is repeated, or use `defaults`.',
    },
  );
  return undefined;
}

function build(builder: Builder, node: Node | null): Tree {
  if (node === null) return scalar(nothingAt(builder), null);
  if (isAlias(node)) return followAlias(builder, node);
  const anchor = 'anchor' in node ? node.anchor : undefined;
  if (anchor !== undefined) builder.anchors.set(anchor, node);
  builder.open.add(node);
  const tree = buildContents(builder, node);
  builder.open.delete(node);
  builder.built.set(node, tree);
  return tree;
}

function buildContents(builder: Builder, node: Node): Tree {
  const place = placeOf(builder, node);
  if (isMap(node)) return sized(builder, { kind: 'map', place, entries: buildEntries(builder, node) });
  if (isSeq(node)) {
    const items = node.items.map((item) => build(builder, isPair(item) ? null : (item as Node | null)));
    return sized(builder, { kind: 'list', place, items });
  }
  return buildScalar(builder, node as Scalar, place);
}

function sized<T extends Tree>(builder: Builder, tree: T): T {
  const children =
    tree.kind === 'map'
      ? [...tree.entries.values()].map((entry) => entry.value)
      : tree.kind === 'list'
        ? tree.items
        : [];
  builder.sizes.set(
    tree,
    children.reduce((sum, child) => sum + (builder.sizes.get(child) ?? 1), 1),
  );
  return tree;
}

function followAlias(builder: Builder, alias: Alias): Tree {
  const node = builder.anchors.get(alias.source);
  const tree = node && builder.built.get(node);
  if (tree !== undefined) return tree;
  const place = placeOf(builder, alias);
  if (node !== undefined && builder.open.has(node)) {
    builder.report.error('BP1011', `anchor "${alias.source}" contains itself`, place, {
      help: 'A plan cannot be endless; write the value out.',
    });
  } else {
    builder.report.error(
      'BP1010',
      `alias "*${alias.source}" has no anchor "&${alias.source}" before it`,
      place,
    );
  }
  return { ...scalar(place, null), isBroken: true };
}

function buildEntries(builder: Builder, node: YAMLMap): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  const merged: Tree[] = [];
  for (const pair of node.items as Pair<Node | null, Node | null>[]) {
    const key = keyOf(builder, pair.key, node);
    const value = build(builder, pair.value);
    if (key === undefined) continue;
    if (key === '<<') {
      merged.push(...mergeSources(builder, pair, value));
      continue;
    }
    const keyPlace = placeOf(builder, pair.key);
    const first = entries.get(key);
    if (first === undefined) entries.set(key, { keyPlace, value });
    else reportDuplicate(builder, key, keyPlace, first);
  }
  for (const source of merged) inherit(entries, source);
  return entries;
}

function reportDuplicate(builder: Builder, key: string, place: Place, first: TreeEntry): void {
  const line = builder.source.lines.linePos(first.keyPlace.start).line;
  builder.report.error('BP1007', `key "${key}" stands twice in one map`, place, {
    label: `first on line ${String(line)}`,
  });
}

/** What a map says itself wins over what it merges in; of several sources the first wins. */
function inherit(entries: Map<string, TreeEntry>, source: Tree): void {
  if (source.kind !== 'map') return;
  for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
}

function mergeSources(builder: Builder, pair: Pair<Node | null, Node | null>, value: Tree): readonly Tree[] {
  const sources = value.kind === 'list' ? value.items : [value];
  if (sources.every((source) => source.kind === 'map')) return sources;
  builder.report.error(
    'BP1016',
    '"<<" merges maps, and this is none',
    placeOf(builder, pair.value ?? pair.key),
  );
  return [];
}

function keyOf(builder: Builder, key: Node | null, map: YAMLMap): string | undefined {
  const text = isScalar(key) ? keyText(key) : undefined;
  if (text === undefined) {
    builder.report.error('BP1015', 'a key must be plain text', placeOf(builder, key ?? map));
    return undefined;
  }
  if (!RESERVED_KEYS.has(text)) return text;
  builder.report.error('BP1014', `key "${text}" is reserved`, placeOf(builder, key), {
    help: 'Choose another name.',
  });
  return undefined;
}

function keyText(key: Scalar): string | undefined {
  if (typeof key.value === 'string') return key.value;
  if (key.value === null || key.source === undefined) return typeof key.value === 'symbol' ? '<<' : undefined;
  return key.source;
}

function buildScalar(builder: Builder, node: Scalar, place: Place): ScalarTree {
  const plain = node.type === 'PLAIN' && typeof node.value !== 'string' ? { plain: node.source ?? '' } : {};
  const raw = node.value;
  if (typeof raw !== 'string') return { ...buildPrimitive(builder, node, place), ...plain };
  if (raw.includes('\0')) {
    builder.report.error('BP1017', 'a text contains a NUL character', place);
    return { ...scalar(place, raw), isBroken: true };
  }
  const interpolation = interpolate(raw, builder.environment);
  if (interpolation === undefined) return scalar(place, raw);
  const isTyped = node.type === 'PLAIN' && isOneExpression(raw) && interpolation.problems.length === 0;
  const value = isTyped ? retype(interpolation.text) : interpolation.text;
  return { kind: 'scalar', place, raw, value, interpolation };
}

function buildPrimitive({ report }: Builder, { value, source }: Scalar, place: Place): ScalarTree {
  if (value === null || typeof value === 'boolean') return scalar(place, value);
  if (typeof value === 'number' && isExact(value)) return scalar(place, value);
  report.error('BP1017', `${source ?? 'this value'} cannot be used in a plan`, place);
  return { ...scalar(place, null), isBroken: true };
}

function scalar(place: Place, value: JsonPrimitive): ScalarTree {
  return { kind: 'scalar', place, raw: value, value };
}

function placeOf({ source }: Builder, node: Node | null): Place {
  const [start, end] = node?.range ?? [0, 0];
  return { source, start, end };
}

function nothingAt({ source }: Builder): Place {
  return { source, start: 0, end: 0 };
}
