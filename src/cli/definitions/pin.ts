import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import { parseTime, withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface PinOptions extends PlanOptions, OutputOptions {
  readonly until?: number;
}

const SNAPSHOT = 'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time';

export function pinDefinition(io: Io): Command {
  const command = new Command('pin')
    .description('keep a snapshot, and what it is built on, whatever retention says')
    .argument('<snapshot>', SNAPSHOT)
    .option('--until <time>', 'leave it to retention again after this (ISO 8601)', parseTime);
  withHelp(withPlan(withOutput(command)), {
    examples: [
      'backup-plan pin calls@label:before-upgrade',
      'backup-plan pin calls@20261121t020000z-k3m5q7r2t4v6w8yz --until 2027-01-31',
    ],
    exits: [0, 4, 8, 9, 10, 64],
  });
  return lazily<PinOptions>(command, io, () => import('../actions/pin.ts'));
}

export function unpinDefinition(io: Io): Command {
  const command = new Command('unpin')
    .description('leave a pinned snapshot to retention again')
    .argument('<snapshot>', SNAPSHOT);
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan unpin calls@label:before-upgrade'],
    exits: [0, 4, 9, 10, 64],
  });
  return lazily<PinOptions>(command, io, () => import('../actions/unpin.ts'));
}

export function undeleteDefinition(io: Io): Command {
  const command = new Command('undelete')
    .description('take a snapshot back that is marked for deletion; it is pinned then')
    .argument('<snapshot>', 'RESOURCE@ID, as `list --all` shows it');
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan undelete calls@20261121t020000z-k3m5q7r2t4v6w8yz'],
    exits: [0, 4, 9, 10, 64],
  });
  return lazily<PinOptions>(command, io, () => import('../actions/undelete.ts'));
}
