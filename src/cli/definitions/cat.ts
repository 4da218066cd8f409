import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  withKeys,
  withPlan,
  withPlanless,
  type KeyOptions,
  type PlanlessOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export type CatOptions = PlanOptions & PlanlessOptions & KeyOptions;

export function catDefinition(io: Io): Command {
  const command = new Command('cat')
    .description('write one file of a snapshot to stdout')
    .argument(
      '<snapshot>',
      'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time, which means the newest one until then',
    )
    .argument('<path>', 'path of the file, as `show --files` spells it');
  withHelp(withKeys(withPlanless(withPlan(command))), {
    examples: ['backup-plan cat settings /etc/app/settings.json --key operations.key | jq .'],
    exits: [0, 5, 9, 10, 64],
  });
  return lazily<CatOptions>(command, io, () => import('../actions/cat.ts'));
}
