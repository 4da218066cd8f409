import { Command, Option } from 'commander';
import type { Mode } from '../../domain/mode.ts';
import { lazily, type Io } from '../action.ts';
import { collect, withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

/** What the types of resources can be captured as. */
const OFFERED: readonly Mode[] = ['full', 'incremental', 'differential', 'schema', 'dump'];

export interface BackupOptions extends PlanOptions, OutputOptions {
  readonly mode?: Mode;
  readonly label?: string;
  readonly printId?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly initTarget?: readonly string[];
  readonly hooks: boolean;
  readonly wait?: boolean;
}

export function backupDefinition(io: Io): Command {
  const command = new Command('backup')
    .description('take backups now, whatever the schedule says')
    .argument('[resources...]', 'names of resources; all where none is given')
    .addOption(
      new Option(
        '--mode <mode>',
        'kind of snapshot (default: as the newest tick of the schedule asks)',
      ).choices(OFFERED),
    )
    .option('--label <label>', 'a name to find it by, such as deploy-4711')
    .option('--print-id', 'print only the ids of the snapshots on stdout')
    .option('--yes', 'approve a changed plan without asking')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--init-target <name>', 'start anew on a target that has lost its marker; repeatable', collect)
    .option('--no-hooks', 'run no hooks')
    .option('--wait', 'wait for another run to end instead of skipping this one');
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan backup', 'backup-plan backup calls --label deploy-4711 --print-id'],
    exits: [0, 3, 4, 7, 8, 9, 10, 12, 64, 130, 143],
  });
  return lazily<BackupOptions>(command, io, () => import('../actions/backup.ts'));
}
