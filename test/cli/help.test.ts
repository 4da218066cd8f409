import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const io = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: {}, cwd: '/' };

interface Page {
  readonly name: string;
  readonly command: Command;
}

function pagesOf(command: Command, name = command.name()): readonly Page[] {
  const children = command.commands.flatMap((child) => pagesOf(child, `${name}-${child.name()}`));
  return [{ name, command }, ...children];
}

const pages = pagesOf(createProgram(io)).filter(({ command }) => command.name() !== 'help');

/** The page with its examples and exit codes, as --help prints it on a terminal of 80 columns. */
function printed(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

describe.each(pages)('the help of $name', ({ name, command }) => {
  it('reads as it did', async () => {
    await expect(printed(command)).toMatchFileSnapshot(`golden/help/${name}.txt`);
  });

  it('describes every argument and option', () => {
    const described = [
      ...command.registeredArguments.map((one) => [one.name(), one.description] as const),
      ...command.options.map((one) => [one.flags, one.description] as const),
      ...command.commands.map((one) => [one.name(), one.summary() || one.description()] as const),
    ];
    expect(described.filter(([, text]) => text === '')).toEqual([]);
  });

  it('has examples and exit codes, unless it only has commands', () => {
    if (command.commands.length > 0) return;
    expect(printed(command)).toMatch(
      /\nExamples:\n {2}\$ backup-plan .*\n[^]*\nExit codes:\n {2}0 {4}success/,
    );
  });
});

describe('an example in a help page', () => {
  const examples = pages.flatMap(({ command }) =>
    [...printed(command).matchAll(/^ {2}\$ backup-plan (.*)$/gm)].map(([, line = '']) => line),
  );

  it.each(examples)('%s is a command line that is understood', async (line) => {
    const words = line.replace(/ [|>].*$/, '').match(/"[^"]*"|\S+/g) ?? [];
    const program = createProgram(io);
    for (const { command } of pagesOf(program)) {
      command.action(() => undefined).configureOutput({ writeErr: () => undefined });
    }
    const args = words.map((word) => word.replaceAll('"', ''));
    await expect(program.parseAsync(args, { from: 'user' })).resolves.toBeDefined();
  });
});
