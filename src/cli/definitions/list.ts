import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  withOutput,
  withPlan,
  withPlanless,
  type OutputOptions,
  type PlanlessOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface ListOptions extends PlanOptions, OutputOptions, PlanlessOptions {
  readonly label?: string;
  readonly all?: boolean;
}

export function listDefinition(io: Io): Command {
  const command = new Command('list')
    .description('list the snapshots, and what retention says of them')
    .argument('[resources...]', 'names of resources; all where none is given')
    .option('--label <label>', 'only snapshots with this label')
    .option('--all', 'also snapshots that cannot be restored');
  withHelp(withPlanless(withPlan(withOutput(command))), {
    examples: [
      'backup-plan list',
      'backup-plan list calls --json',
      'backup-plan list --target /mnt/disk/backups --signer writer.asc',
    ],
    exits: [0, 9, 10, 64],
  });
  return lazily<ListOptions>(command, io, () => import('../actions/list.ts'));
}
