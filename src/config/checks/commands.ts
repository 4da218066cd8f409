import { at, textOf, type Path } from '../source/tree.ts';
import { visit } from './check-interpolation.ts';
import type { CheckContext } from './context.ts';

/** A program name with blanks is nearly always a line that was written for a shell. */
export function checkCommands({ tree, report }: CheckContext): void {
  visit(tree, [], (scalar, path) => {
    const text = textOf(scalar) ?? '';
    if (!isProgram(path) || !/\s/.test(text) || text.includes('/')) return;
    const words = text
      .trim()
      .split(/\s+/)
      .map((word) => JSON.stringify(word));
    const siblings = at(tree, path.slice(0, -1));
    if (siblings?.kind !== 'list' || siblings.items.length !== 1) return;
    report.warning(
      'BP2010',
      `"${text}" is run as one program of this name, not as a line for a shell`,
      scalar.place,
      {
        path,
        help: `Write program and arguments as a list: [${words.join(', ')}].`,
      },
    );
  });
}

/** The first word of a command: in hooks, in migrations, in secrets, and in what types call commands. */
function isProgram(path: Path): boolean {
  if (path.at(-1) !== 0) return false;
  const isListed = typeof path.at(-2) === 'number' && (path.includes('hooks') || path.at(-3) === 'run');
  return isListed || ['command', 'load', 'dump', 'check'].includes(String(path.at(-2)));
}
