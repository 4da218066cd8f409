import type { Command } from 'commander';
import { EXIT_CHANGES, EXIT_CODES, type ExitCode } from './exit-codes.ts';

interface HelpParts {
  readonly examples: readonly string[];
  readonly exits: readonly ExitCode[];
}

/** Examples and this command's own exit codes below the options. */
export function withHelp(command: Command, { examples, exits }: HelpParts): Command {
  const codes = exits.map(
    (code) => `  ${String(code).padEnd(4)} ${code === 0 ? successOf(exits) : EXIT_CODES[code]}`,
  );
  const lines = [
    '',
    'Examples:',
    ...examples.map((example) => `  $ ${example}`),
    '',
    'Exit codes:',
    ...codes,
  ];
  return command.addHelpText('after', lines.join('\n'));
}

function successOf(exits: readonly ExitCode[]): string {
  return exits.includes(EXIT_CHANGES) ? EXIT_CODES[0] : 'success';
}
