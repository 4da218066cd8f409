import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface StatusOptions extends PlanOptions, OutputOptions {
  readonly prometheus?: string;
  readonly nagios?: boolean;
}

export function statusDefinition(io: Io): Command {
  const command = new Command('status')
    .description('check the health of the backups: freshness, size, copies, keys, free space')
    .option('--prometheus <file>', 'also write metrics for the textfile collector of node_exporter')
    .option('--nagios', 'print one line and exit as a Nagios plugin does, 0 to 3');
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan status',
      'backup-plan status --prometheus /var/lib/node_exporter/backup-plan.prom',
      'backup-plan status --nagios',
    ],
    exits: [0, 6, 9, 10, 64],
  });
  return lazily<StatusOptions>(command, io, () => import('../actions/status.ts'));
}
