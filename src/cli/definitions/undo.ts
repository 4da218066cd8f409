import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  withKeys,
  withOutput,
  withPlan,
  type KeyOptions,
  type OutputOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface UndoOptions extends PlanOptions, OutputOptions, KeyOptions {
  readonly discard?: boolean;
  readonly yes?: boolean;
}

export function undoDefinition(io: Io): Command {
  const command = new Command('undo')
    .description('go back to what was live before a restore; without an id, list what can be undone')
    .argument('[restore-id]', 'the id that the restore printed')
    .option('--discard', 'remove what the restore kept instead; then there is no way back')
    .option('--yes', 'with --discard: do not ask');
  withHelp(withKeys(withPlan(withOutput(command))), {
    examples: [
      'backup-plan undo',
      'backup-plan undo 01kajw3hq8m2n4p6r8s0t2v4wx',
      'backup-plan undo 01kajw3hq8m2n4p6r8s0t2v4wx --discard --yes',
    ],
    exits: [0, 3, 7, 8, 9, 10, 64, 130, 143],
  });
  return lazily<UndoOptions>(command, io, () => import('../actions/undo.ts'));
}
