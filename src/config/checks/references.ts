import type { Diagnostic } from '../../domain/diagnostic.ts';
import { isCron } from '../normalise/schedule.ts';
import { nearest } from '../schema-errors/nearest.ts';
import type { Place } from '../source/source.ts';
import { entriesAt, textOf, type Path, type Tree } from '../source/tree.ts';
import { find, holders, itemsOf, onEdges, scheduleUses, type CheckContext, type Found } from './context.ts';

interface Kind {
  readonly code: Diagnostic['code'];
  readonly noun: string;
  /** Where such things are declared. */
  readonly section: string;
}

const SCHEDULE: Kind = { code: 'BP1202', noun: 'schedule', section: 'schedules' };
const RETENTION: Kind = { code: 'BP1203', noun: 'retention policy', section: 'retention' };
const ENCRYPTION: Kind = { code: 'BP1204', noun: 'encryption profile', section: 'encryption' };
const TARGET: Kind = { code: 'BP1205', noun: 'target', section: 'targets' };
const MEMBER: Kind = { code: 'BP1206', noun: 'resource', section: 'resources' };
const DEPENDENCY: Kind = { code: 'BP1207', noun: 'resource', section: 'resources' };
const SEPARATE: Kind = { code: 'BP1214', noun: 'resource', section: 'resources' };

/** Every name must be declared; what is declared and never named is worth a note. */
export function checkReferences(context: CheckContext): void {
  const references = [...allReferences(context)];
  const mistyped = references
    .filter((reference) => !checkReference(reference, context))
    .map(({ kind }) => kind);
  // What is named wrongly would only be reported a second time as unused.
  for (const kind of [SCHEDULE, RETENTION, ENCRYPTION, TARGET])
    if (!mistyped.includes(kind)) noteUnused(kind, references, context);
}

interface Reference {
  readonly kind: Kind;
  /** The name; undefined where it is no text. */
  readonly name: string | undefined;
  readonly place: Place;
  readonly path: Path;
  /** Absent where the name is a key. */
  readonly tree?: Tree;
}

function* allReferences(context: CheckContext): Generator<Reference> {
  const { tree } = context;
  yield* one(TARGET, find(tree, ['state']));
  for (const path of holders(context)) yield* referencesOf(context, path);
  for (const [name] of entriesAt(tree, ['groups']))
    yield* each(MEMBER, find(tree, ['groups', name, 'members']));
  const separate = find(tree, ['policies', 'separate']);
  for (const set of separate === undefined ? [] : itemsOf(separate)) yield* each(SEPARATE, set);
}

function* referencesOf({ tree }: CheckContext, path: Path): Generator<Reference> {
  const schedule = find(tree, [...path, 'schedule']);
  for (const use of schedule === undefined ? [] : scheduleUses(schedule)) {
    if (!isCron(textOf(use.tree) ?? '')) yield* one(SCHEDULE, use);
    yield* one(RETENTION, find(tree, [...use.path, 'retention']));
    yield* each(TARGET, find(tree, [...use.path, 'targets']));
  }
  yield* one(RETENTION, find(tree, [...path, 'retention']));
  yield* one(ENCRYPTION, find(tree, [...path, 'encryption']));
  yield* each(TARGET, find(tree, [...path, 'targets']));
  yield* keys(TARGET, find(tree, [...path, 'targets']));
  for (const policy of onEdges(tree, path, 'retention')) yield* one(RETENTION, find(tree, policy));
  for (const use of onEdges(tree, path, 'schedule')) {
    const schedule = find(tree, use);
    if (!isCron(textOf(schedule?.tree) ?? '')) yield* one(SCHEDULE, schedule);
  }
  yield* each(DEPENDENCY, find(tree, [...path, 'dependsOn']));
}

function* one(kind: Kind, found: Found | undefined): Generator<Reference> {
  if (found?.tree.kind !== 'scalar') return;
  const { tree, path } = found;
  yield { kind, name: textOf(tree), place: tree.place, path, tree };
}

function* each(kind: Kind, list: Found | undefined): Generator<Reference> {
  for (const item of list === undefined ? [] : itemsOf(list)) yield* one(kind, item);
}

function* keys(kind: Kind, map: Found | undefined): Generator<Reference> {
  for (const [name, { keyPlace }] of entriesAt(map?.tree, []))
    yield { kind, name, place: keyPlace, path: [...(map?.path ?? []), name] };
}

/** True where the name is declared. */
function checkReference({ kind, name, place, path, tree }: Reference, context: CheckContext): boolean {
  const { code, noun, section } = kind;
  if (name === undefined || name === '' || (tree !== undefined && context.unknown.has(tree))) return true;
  if (find(context.tree, [section, name]) !== undefined) return true;
  const declared = entriesAt(context.tree, [section]).map(([key]) => key);
  const guess = nearest(name, declared);
  const list =
    declared.length === 0
      ? `The plan declares nothing under "${section}".`
      : `Known: ${declared.slice(0, 20).join(', ')}.`;
  context.report.error(code, `there is no ${noun} "${name}"`, place, {
    path,
    ...(guess === undefined ? { help: list } : { label: `did you mean "${guess}"?` }),
  });
  return false;
}

function noteUnused(kind: Kind, references: readonly Reference[], { tree, report }: CheckContext): void {
  const used = new Set(references.filter((reference) => reference.kind === kind).map(({ name }) => name));
  for (const [name, { keyPlace }] of entriesAt(tree, [kind.section])) {
    if (!used.has(name))
      report.note('BP2006', `${kind.noun} "${name}" is not used`, keyPlace, { path: [kind.section, name] });
  }
}
