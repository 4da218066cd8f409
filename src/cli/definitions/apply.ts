import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { collect, withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface ApplyOptions extends PlanOptions, OutputOptions {
  readonly yes?: boolean;
  readonly expect?: string;
  readonly resource?: readonly string[];
  readonly dryRun?: boolean;
  readonly initTarget?: readonly string[];
  readonly hooks: boolean;
  readonly wait?: boolean;
}

export function applyDefinition(io: Io): Command {
  const command = new Command('apply')
    .description('converge: commit a changed plan, take the backups that are due, ship and record them')
    .option('--yes', 'approve a changed plan without asking')
    .option('--expect <digest>', 'approve exactly this plan (the digest that `plan` prints)')
    .option('--resource <name>', 'only this resource', collect)
    .option('--dry-run', 'say what would be done')
    .option('--init-target <name>', 'make a place a repository although the plan knew it before', collect)
    .option('--no-hooks', 'run no hooks')
    .option('--wait', 'wait for another run instead of skipping this one');
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan apply',
      'backup-plan apply --yes',
      'backup-plan apply --expect sha256:9b1f…44 --json',
      'backup-plan apply --resource calls --dry-run',
    ],
    exits: [0, 3, 4, 7, 8, 9, 10, 12, 64, 130, 143],
  });
  return lazily<ApplyOptions>(command, io, () => import('../actions/apply.ts'));
}
