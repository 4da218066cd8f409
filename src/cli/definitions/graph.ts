import { Command, Option } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface GraphOptions extends PlanOptions, OutputOptions {
  readonly format: 'text' | 'mermaid' | 'dot' | 'json';
}

export function graphDefinition(io: Io): Command {
  const command = new Command('graph')
    .description('draw the steps that apply would run with everything due; reads no target')
    .addOption(
      new Option('--format <format>', 'how to draw it')
        .choices(['text', 'mermaid', 'dot', 'json'])
        .default('text'),
    );
  withHelp(withPlan(withOutput(command)), {
    examples: ['backup-plan graph', 'backup-plan graph --format mermaid > graph.mmd'],
    exits: [0, 10, 64],
  });
  return lazily<GraphOptions>(command, io, () => import('../actions/graph.ts'));
}
