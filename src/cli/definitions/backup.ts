import { Command, Option } from 'commander';
import { MODES, type Mode } from '../../domain/mode.ts';
import { lazily, type Io } from '../action.ts';
import { collect, withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

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
    .argument('[resources...]', 'resources of the plan; all where none is named')
    .addOption(new Option('--mode <mode>', 'how to take it').choices(MODES))
    .option('--label <label>', 'a name to find it by, e.g. deploy-4711')
    .option('--print-id', 'only the ids of the snapshots on stdout')
    .option('--yes', 'approve a changed plan without asking')
    .option('--dry-run', 'say what would be done')
    .option('--init-target <name>', 'make a place a repository although the plan knew it before', collect)
    .option('--no-hooks', 'run no hooks')
    .option('--wait', 'wait for another run instead of skipping this one');
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan backup', 'backup-plan backup calls --label deploy-4711 --print-id'],
    exits: [0, 3, 4, 7, 8, 9, 10, 12, 64, 130, 143],
  });
  return lazily<BackupOptions>(command, io, () => import('../actions/backup.ts'));
}
