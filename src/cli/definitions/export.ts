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

export interface ExportOptions extends PlanOptions, OutputOptions, PlanlessOptions {
  readonly output: string;
}

export function exportDefinition(io: Io): Command {
  const command = new Command('export')
    .description('copy a snapshot and all that it needs into one file, still encrypted')
    .argument(
      '<snapshot>',
      'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time, which means the newest one until then',
    )
    .requiredOption('-o, --output <file>', 'archive to write, which must not exist yet; - for stdout');
  withHelp(withPlanless(withPlan(withOutput(command))), {
    examples: [
      'backup-plan export uploads -o uploads.tar',
      'backup-plan export uploads@label:before-upgrade -o - | ssh vault "cat > uploads.tar"',
      'backup-plan restore uploads --from uploads.tar --to ./out --key operations.key',
      'backup-plan list --target uploads.tar --signer writer.asc',
    ],
    exits: [0, 3, 5, 8, 9, 10, 64, 130, 143],
  });
  return lazily<ExportOptions>(command, io, () => import('../actions/export.ts'));
}
