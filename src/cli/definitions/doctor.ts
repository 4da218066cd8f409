import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export type DoctorOptions = PlanOptions &
  OutputOptions & {
    readonly target?: string;
    readonly probe: boolean;
    readonly thorough?: boolean;
    readonly iam?: boolean;
    readonly lifecycle?: boolean;
  };

export function doctorDefinition(io: Io): Command {
  const command = new Command('doctor')
    .description('find what would fail tonight: tools, keys, secrets, targets, rights, space')
    .option('--target <name>', 'only this target')
    .option('--no-probe', 'make nothing on the targets; else a few small objects show what each store does')
    .option('--thorough', 'also make a thousand objects, to see whether long listings are whole')
    .option('--iam', 'print the least rights of a reader, a writer and a pruner for each target, and stop')
    .option('--lifecycle', 'print a lifecycle configuration that harms no snapshot, and stop');
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan doctor',
      'backup-plan doctor --no-probe --json',
      'backup-plan doctor --iam --target offsite',
      'backup-plan doctor --lifecycle',
    ],
    exits: [0, 9, 10, 64],
  });
  return lazily<DoctorOptions>(command, io, () => import('../actions/doctor.ts'));
}
