import { Command, Option } from 'commander';
import { VERIFY_LEVELS, type VerifyLevel } from '../../domain/snapshot.ts';
import { lazily, type Io } from '../action.ts';
import {
  parseShare,
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

export interface VerifyOptions extends PlanOptions, OutputOptions, PlanlessOptions, KeyOptions {
  readonly level: VerifyLevel;
  readonly sample: number;
}

export function verifyDefinition(io: Io): Command {
  const command = new Command('verify')
    .description('check stored snapshots against their signed records')
    .argument('[snapshots...]', 'RESOURCE or RESOURCE@SNAPSHOT; everything where none is given')
    .addOption(
      new Option(
        '--level <level>',
        'how deep to look: signatures and presence, every byte, or decrypt it too',
      )
        .choices(VERIFY_LEVELS)
        .default('checksum'),
    )
    .addOption(
      new Option('--sample <share>', 'only this share of the snapshots, the newest included')
        .argParser(parseShare)
        .default(1, '100%'),
    );
  withHelp(withKeys(withPlanless(withPlan(withOutput(command)))), {
    examples: [
      'backup-plan verify',
      'backup-plan verify uploads@latest --level decrypt --key operations.key',
      'backup-plan verify --sample 10%',
    ],
    exits: [0, 4, 5, 6, 9, 10, 64, 130, 143],
  });
  return lazily<VerifyOptions>(command, io, () => import('../actions/verify.ts'));
}
