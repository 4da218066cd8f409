import { Command } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  parseCount,
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

export interface LogOptions extends PlanOptions, OutputOptions, PlanlessOptions {
  readonly runs?: boolean;
  readonly limit: number;
}

export type LogShowOptions = PlanOptions & OutputOptions & KeyOptions;

const DEFAULT_LIMIT = 20;

export function logDefinition(io: Io): Command {
  const command = new Command('log')
    .helpCommand(false)
    .description('say who applied, ran, restored or pruned what, and when')
    .option('--runs', 'runs, restores, prunes and pins instead of applied plans')
    .option('-n, --limit <count>', 'the newest ones', parseCount, DEFAULT_LIMIT);
  withHelp(withPlanless(withPlan(withOutput(command))), {
    examples: ['backup-plan log', 'backup-plan log --runs --limit 100', 'backup-plan log show 42'],
    exits: [0, 9, 10, 64],
  });
  return lazily<LogOptions>(command, io, () => import('../actions/log.ts')).addCommand(showDefinition(io));
}

function showDefinition(io: Io): Command {
  const command = new Command('show')
    .description('one entry of the log, with the plan that it applied')
    .argument('<serial>', 'number of the entry, as `log` shows it', parseCount);
  withHelp(withKeys(withPlan(withOutput(command))), {
    examples: ['backup-plan log show 42', 'backup-plan log show 42 --json | jq .applied'],
    exits: [0, 9, 10, 64],
  });
  return lazily<LogShowOptions>(command, io, () => import('../actions/log-show.ts'));
}
