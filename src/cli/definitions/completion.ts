import { Argument, Command } from 'commander';
import type { Io } from '../action.ts';
import type { Shell } from '../completion/script.ts';
import { withHelp } from '../help.ts';

export function completionDefinition(io: Io): Command {
  const command = new Command('completion')
    .description('a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']));
  withHelp(command, {
    examples: ['backup-plan completion bash > /etc/bash_completion.d/backup-plan'],
    exits: [0, 64],
  });
  return command.action(async (shell: Shell) => {
    const { completionScript } = await import('../completion/script.ts');
    io.stdout.write(completionScript(command.parent ?? command, shell));
  });
}
