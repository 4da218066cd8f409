import type { Diagnostic } from '../../domain/diagnostic.ts';
import { isCron } from '../normalise/schedule.ts';
import { nearest } from '../schema-errors/nearest.ts';
import { entriesAt, textOf } from '../source/tree.ts';
import { find, holders, itemsOf, scheduleUses, type CheckContext, type Found } from './context.ts';

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

/** Every name must be declared; what is declared and never named is worth a note. */
export function checkReferences(context: CheckContext): void {
  const references = [...allReferences(context)];
  const mistyped = references
    .filter(({ kind, found }) => !checkReference(kind, found, context))
    .map(({ kind }) => kind);
  // What is named wrongly would only be reported a second time as unused.
  for (const kind of [SCHEDULE, RETENTION, ENCRYPTION, TARGET])
    if (!mistyped.includes(kind)) noteUnused(kind, references, context);
}

interface Reference {
  readonly kind: Kind;
  readonly found: Found;
}

function* allReferences(context: CheckContext): Generator<Reference> {
  const { tree } = context;
  const state = find(tree, ['state']);
  if (state !== undefined) yield { kind: TARGET, found: state };
  for (const path of holders(context)) yield* referencesOf(context, path);
  for (const [name] of entriesAt(tree, ['groups']))
    yield* each(MEMBER, find(tree, ['groups', name, 'members']));
}

function* referencesOf({ tree }: CheckContext, path: Found['path']): Generator<Reference> {
  const schedule = find(tree, [...path, 'schedule']);
  for (const use of schedule === undefined ? [] : scheduleUses(schedule)) {
    const text = textOf(use.tree);
    if (text !== undefined && !isCron(text)) yield { kind: SCHEDULE, found: use };
    yield* one(RETENTION, find(use.tree, ['retention']), use.path);
    yield* each(TARGET, find(use.tree, ['targets']), use.path);
  }
  yield* one(RETENTION, find(tree, [...path, 'retention']));
  yield* one(ENCRYPTION, find(tree, [...path, 'encryption']));
  yield* each(TARGET, find(tree, [...path, 'targets']));
  yield* each(DEPENDENCY, find(tree, [...path, 'dependsOn']));
}

function* one(kind: Kind, found: Found | undefined, above: Found['path'] = []): Generator<Reference> {
  if (found?.tree.kind === 'scalar') yield { kind, found: { ...found, path: [...above, ...found.path] } };
}

function* each(kind: Kind, list: Found | undefined, above: Found['path'] = []): Generator<Reference> {
  for (const item of list === undefined ? [] : itemsOf(list)) yield* one(kind, item, above);
}

/** True where the name is declared. */
function checkReference(
  { code, noun, section }: Kind,
  { tree, path }: Found,
  context: CheckContext,
): boolean {
  const name = textOf(tree);
  if (name === undefined || name === '' || context.unknown.has(tree)) return true;
  if (find(context.tree, [section, name]) !== undefined) return true;
  const declared = entriesAt(context.tree, [section]).map(([key]) => key);
  const guess = nearest(name, declared);
  const list =
    declared.length === 0
      ? `The plan declares nothing under "${section}".`
      : `Known: ${declared.slice(0, 20).join(', ')}.`;
  context.report.error(code, `there is no ${noun} "${name}"`, tree.place, {
    path,
    ...(guess === undefined ? { help: list } : { label: `did you mean "${guess}"?` }),
  });
  return false;
}

function noteUnused(kind: Kind, references: readonly Reference[], { tree, report }: CheckContext): void {
  const used = new Set(
    references.filter((reference) => reference.kind === kind).map(({ found }) => textOf(found.tree)),
  );
  for (const [name, { keyPlace }] of entriesAt(tree, [kind.section])) {
    if (!used.has(name))
      report.note('BP2006', `${kind.noun} "${name}" is not used`, keyPlace, { path: [kind.section, name] });
  }
}
