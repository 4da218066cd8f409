import { Argument, Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withHelp } from '../help.ts';

export type CompletionOptions = Readonly<Record<string, never>>;

export function completionDefinition(io: Io): Command {
  const command = new Command('completion')
    .description('a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']));
  withHelp(command, {
    examples: ['backup-plan completion bash > /etc/bash_completion.d/backup-plan'],
    exits: [0, 64],
  });
  return lazily<CompletionOptions>(command, io, () => import('../actions/completion.ts'));
}
