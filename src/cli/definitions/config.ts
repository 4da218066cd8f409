import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface ConfigShowOptions extends PlanOptions, OutputOptions {
  readonly explain?: string;
}

export function configDefinition(io: Io): Command {
  const show = new Command('show')
    .description('show the effective plan, with every default written out; secrets as references')
    .option('--explain <path>', 'only say where this value comes from, e.g. resources.calls.schedule');
  withHelp(withPlan(withOutput(show)), {
    examples: ['backup-plan config show', 'backup-plan config show --explain resources.calls.retention'],
    exits: [0, 9, 10, 64],
  });
  lazily<ConfigShowOptions>(show, io, () => import('../actions/config-show.ts'));
  return new Command('config').helpCommand(false).description('look at the effective plan').addCommand(show);
}
