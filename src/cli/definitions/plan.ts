import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  withKeys,
  withOutput,
  withPlan,
  type KeyOptions,
  type OutputOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface PlanCommandOptions extends PlanOptions, OutputOptions, KeyOptions {
  readonly detailedExitcode?: boolean;
}

export function planDefinition(io: Io): Command {
  const command = new Command('plan')
    .description('say what apply would do now; takes no lock, changes nothing')
    .option('--detailed-exitcode', 'exit 2 when the plan file differs from the applied plan');
  withHelp(withKeys(withPlan(withOutput(command))), {
    examples: ['backup-plan plan', 'backup-plan plan --json | jq .due'],
    exits: [0, 2, 9, 10, 64],
  });
  return lazily<PlanCommandOptions>(command, io, () => import('../actions/plan.ts'));
}
