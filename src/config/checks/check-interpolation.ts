import type { Report } from '../report.ts';
import { isNote, type Path, type ScalarTree, type Tree } from '../source/tree.ts';

/**
 * What an approval of a plan covers must stand in it: sections whose values no environment may
 * change. `*` stands for one step, the rest of the path is free.
 */
const FIXED: readonly (readonly string[])[] = [
  ['version'],
  ['name'],
  ['timezone'],
  ['include'],
  ['schedules'],
  ['retention'],
  ['signing'],
  ['state'],
  ['targets'],
  ['policies'],
  ['encryption', '*', 'recipients'],
  ['resources', '*', 'type'],
  ['resources', '*', 'schedule'],
  ['resources', '*', 'retention'],
  ['resources', '*', 'targets'],
  ['resources', '*', 'encryption'],
  ['defaults', 'schedule'],
  ['defaults', 'retention'],
  ['defaults', 'targets'],
  ['defaults', 'encryption'],
];

/** Scalars whose value is not known: a variable is not set, or what is written was refused already. */
export type Unknown = ReadonlySet<Tree>;

/** Says what is wrong with every `${…}` that the plan uses. */
export function checkInterpolation(tree: Tree, unset: 'note' | 'error', report: Report): Unknown {
  const unknown = new Set<Tree>();
  visit(tree, [], (scalar, path) => {
    if (scalar.isBroken === true) unknown.add(scalar);
    if (scalar.interpolation === undefined || unknown.has(scalar)) return;
    if (isFixed(path)) {
      report.error('BP1032', `${sectionOf(path)} takes no "\${…}"`, scalar.place, {
        path,
        help: 'Write the value out, so that a review of the plan covers it. `$$` stands for a dollar sign.',
      });
      unknown.add(scalar);
      return;
    }
    if (scalar.interpolation.problems.length > 0) unknown.add(scalar);
    reportProblems(scalar, path, unset, report);
  });
  return unknown;
}

function reportProblems(
  { interpolation, place }: ScalarTree,
  path: Path,
  unset: 'note' | 'error',
  report: Report,
): void {
  for (const problem of interpolation?.problems ?? []) {
    if (problem.kind === 'malformed') {
      const help = 'Write ${NAME}, ${NAME:-default} or ${NAME:?message}; `$$` stands for a dollar sign.';
      report.error('BP1031', `"${problem.text}" is not understood`, place, { path, help });
      continue;
    }
    const { variable, message = '' } = problem;
    const reason = message === '' ? '' : `: ${message}`;
    if (unset === 'note')
      report.note('BP1030', `environment variable ${variable} is not set here${reason}`, place, { path });
    else {
      const help = `Set it, or give a default: \${${variable}:-default}.`;
      report.error('BP1030', `environment variable ${variable} is not set${reason}`, place, { path, help });
    }
  }
}

export function visit(tree: Tree, path: Path, see: (scalar: ScalarTree, path: Path) => void): void {
  if (tree.kind === 'scalar') see(tree, path);
  else if (tree.kind === 'list')
    for (const [index, item] of tree.items.entries()) visit(item, [...path, index], see);
  else for (const [key, { value }] of tree.entries) if (!isNote(key)) visit(value, [...path, key], see);
}

function isFixed(path: Path): boolean {
  return FIXED.some((pattern) => pattern.every((step, index) => step === '*' || step === path[index]));
}

function sectionOf(path: Path): string {
  const fixed =
    FIXED.find((pattern) => pattern.every((step, index) => step === '*' || step === path[index])) ?? [];
  return `"${path.slice(0, fixed.length).join('.')}"`;
}
