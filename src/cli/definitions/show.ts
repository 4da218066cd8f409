import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
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

export interface ShowOptions extends PlanOptions, OutputOptions, PlanlessOptions, KeyOptions {
  readonly files?: boolean;
  readonly against?: string;
}

export function showDefinition(io: Io): Command {
  const command = new Command('show')
    .description('show one snapshot: where it comes from, its chain, copies and files')
    .argument(
      '<snapshot>',
      'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time, which means the newest one until then',
    )
    .option('--files', 'list its files instead, from the encrypted index')
    .option('--against <snapshot>', 'list what differs from another snapshot of the resource');
  withHelp(withKeys(withPlanless(withPlan(withOutput(command)))), {
    examples: [
      'backup-plan show uploads',
      'backup-plan show uploads@2026-11-20T12:00Z --files --key operations.key',
      'backup-plan show uploads --against uploads@2026-11-01T00:00Z --key operations.key',
    ],
    exits: [0, 5, 9, 10, 64],
  });
  return lazily<ShowOptions>(command, io, () => import('../actions/show.ts'));
}
