import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  collect,
  withKeys,
  withOutput,
  withPlan,
  withPlanless,
  type KeyOptions,
  type OutputOptions,
  type PlanlessOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface RestoreOptions extends PlanOptions, OutputOptions, PlanlessOptions, KeyOptions {
  readonly to: string;
  readonly only?: readonly string[];
  readonly from?: string;
  readonly dryRun?: boolean;
}

export function restoreDefinition(io: Io): Command {
  const command = new Command('restore')
    .description('bring a snapshot back into a new place')
    .argument(
      '<snapshot>',
      'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time, which means the newest one until then',
    )
    .requiredOption('--to <folder>', 'new or empty folder to restore into')
    .option('--only <path>', 'only this file or folder, as `show --files` spells it; repeatable', collect)
    .option('--from <target>', 'try the copy on this target first')
    .option('--dry-run', 'say what would be restored, from where and how much room it needs');
  withHelp(withKeys(withPlanless(withPlan(withOutput(command)))), {
    examples: [
      'backup-plan restore uploads --to /srv/restored --key operations.key',
      'backup-plan restore uploads@2026-11-20T12:00Z --only srv/uploads/a.png --to ./a --key operations.key',
      'backup-plan restore uploads --to ./out --target /mnt/disk/backups --signer writer.asc --key escrow.key',
    ],
    exits: [0, 3, 5, 8, 9, 10, 64, 130, 143],
  });
  return lazily<RestoreOptions>(command, io, () => import('../actions/restore.ts'));
}
