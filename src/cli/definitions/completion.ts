import { Argument, Command } from 'commander';
import type { Io } from '../action.ts';
import type { Shell } from '../completion/script.ts';
import { withHelp } from '../help.ts';

export function completionDefinition(io: Io): Command {
  const command = new Command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(['bash', 'zsh', 'fish']));
  withHelp(command, {
    examples: ['backup-plan completion bash > /etc/bash_completion.d/backup-plan'],
    exits: [0, 64],
  });
  return command.action(async (shell: Shell) => {
    const { completionScript } = await import('../completion/script.ts');
    io.stdout.write(completionScript(command.parent ?? command, shell));
  });
}
