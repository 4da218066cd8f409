import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, type OutputOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export type ExplainOptions = OutputOptions;

export function explainDefinition(io: Io): Command {
  const command = new Command('explain')
    .description('say what a diagnostic or failure code means and what to do')
    .argument('<code>', 'such as BP1103 or SOURCE_EMPTY');
  withHelp(withOutput(command), {
    examples: ['backup-plan explain BP1103', 'backup-plan explain SOURCE_EMPTY'],
    exits: [0, 64],
  });
  return lazily<ExplainOptions>(command, io, () => import('../actions/explain.ts'));
}
