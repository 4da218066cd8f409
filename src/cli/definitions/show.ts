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
    .description('one snapshot: provenance, chain, copies, files')
    .argument('<snapshot>', 'RESOURCE[@latest|@SNAPSHOT|@label:L|@TIME]')
    .option('--files', 'list the files, from the encrypted index')
    .option('--against <snapshot>', 'what differs from another snapshot');
  withHelp(withKeys(withPlanless(withPlan(withOutput(command)))), {
    examples: [
      'backup-plan show uploads',
      'backup-plan show uploads@2026-11-20 --files --key operations.key',
      'backup-plan show uploads --against uploads@2026-11-01 --key operations.key',
    ],
    exits: [0, 5, 9, 10, 64],
  });
  return lazily<ShowOptions>(command, io, () => import('../actions/show.ts'));
}
