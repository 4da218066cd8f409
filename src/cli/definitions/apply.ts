import { Command, Option } from 'commander';
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
  readonly prune: boolean;
  readonly repairCopies?: boolean;
  readonly wait?: boolean;
}

export function applyDefinition(io: Io): Command {
  const command = new Command('apply')
    .description(
      'commit a changed plan, take the backups that are due, store them on every target, copy what a target lacks, prune what retention has released',
    )
    .option('--yes', 'approve a changed plan without asking')
    .option('--expect <digest>', 'approve exactly the plan with this digest, as `plan` prints it')
    .option('--resource <name>', 'only this resource; repeatable', collect)
    .option('--dry-run', 'say what would be done, and do nothing')
    .addOption(
      new Option(
        '--repair-copies',
        'only copy what a target lacks from another one: no backup, no prune, no changed plan',
      ).conflicts(['yes', 'expect']),
    )
    .option('--init-target <name>', 'start anew on a target that has lost its marker; repeatable', collect)
    .option('--no-hooks', 'run no hooks')
    .option('--no-prune', 'leave retention to a later run')
    .option('--wait', 'wait for another run to end instead of skipping this one');
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan apply',
      'backup-plan apply --yes',
      'backup-plan apply --expect sha256:9b1f…44 --json',
      'backup-plan apply --resource calls --dry-run',
      'backup-plan apply --repair-copies',
    ],
    exits: [0, 3, 4, 7, 8, 9, 10, 12, 64, 130, 143],
  });
  return lazily<ApplyOptions>(command, io, () => import('../actions/apply.ts'));
}
