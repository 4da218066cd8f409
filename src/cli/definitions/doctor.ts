import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export type DoctorOptions = PlanOptions & OutputOptions;

export function doctorDefinition(io: Io): Command {
  const command = new Command('doctor').description(
    'find what would fail tonight: tools, keys, secrets, targets, space',
  );
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan doctor', 'backup-plan doctor --json'],
    exits: [0, 9, 10, 64],
  });
  return lazily<DoctorOptions>(command, io, () => import('../actions/doctor.ts'));
}
