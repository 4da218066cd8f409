import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  collect,
  parseCount,
  withOutput,
  withPlan,
  type OutputOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface PruneOptions extends PlanOptions, OutputOptions {
  readonly target?: readonly string[];
  readonly dryRun?: boolean;
  readonly maxDelete?: number;
}

export function pruneDefinition(io: Io): Command {
  const command = new Command('prune')
    .description('delete what the retention of the applied plan has released, and what killed runs left')
    .argument('[resources...]', 'only these resources; all where none is given')
    .option('--dry-run', 'say what would be deleted, marked and kept, and do nothing')
    .option('--target <name>', 'only on this target; repeatable', collect)
    .option(
      '--max-delete <count>',
      'let up to this many snapshots go, whatever the delete guard says',
      parseCount,
    );
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan prune --dry-run',
      'backup-plan prune',
      'backup-plan prune calls --target offsite --max-delete 26',
    ],
    exits: [0, 3, 8, 9, 10, 12, 64, 130, 143],
  });
  return lazily<PruneOptions>(command, io, () => import('../actions/prune.ts'));
}
