import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface InitOptions {
  readonly name?: string;
  readonly keys?: string;
  readonly example?: boolean;
  readonly json?: boolean;
}

export function initDefinition(io: Io): Command {
  const command = new Command('init')
    .description('write a plan and its keys; overwrites nothing')
    .argument('[folder]', 'where the plan goes', '.')
    .option('--name <name>', 'name of the plan (default: the name of the folder)')
    .option('--keys <folder>', 'where private keys go (default: ~/.config/backup-plan/NAME)')
    .option('--example', 'also make a folder with example data, so that the plan can be applied at once');
  withHelp(withOutput(command), {
    examples: ['backup-plan init', 'backup-plan init --name shop --keys /root/backup-keys ./ops'],
    exits: [0, 8, 64],
  });
  return lazily<InitOptions>(command, io, () => import('../actions/init.ts'));
}
