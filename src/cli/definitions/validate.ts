import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, collect, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface ValidateOptions extends PlanOptions, OutputOptions {
  readonly reporter?: readonly string[];
}

export function validateDefinition(io: Io): Command {
  const command = new Command('validate')
    .description('check plans: syntax, schema, references, lints; runs nothing, needs no secret')
    .argument('[paths...]', 'plan files or folders')
    .option('--reporter <name[=file]>', 'human, concise or json, to stdout or a file; repeatable', collect);
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan validate',
      'backup-plan validate plans/*.yaml',
      'backup-plan validate --reporter concise --reporter json=report.json',
    ],
    exits: [0, 10, 64],
  });
  return lazily<ValidateOptions>(command, io, () => import('../actions/validate.ts'));
}
