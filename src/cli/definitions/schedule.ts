import { Command, Option } from 'commander';
import { lazily, type Io } from '../action.ts';
import { withOutput, withPlan, type OutputOptions, type PlanOptions } from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface ScheduleRenderOptions extends PlanOptions, OutputOptions {
  readonly as: 'systemd' | 'cron';
  readonly output?: string;
}

export function scheduleDefinition(io: Io): Command {
  const render = new Command('render')
    .description('write what calls `backup-plan apply` at every tick of the plan')
    .addOption(
      new Option('--as <kind>', 'systemd units or lines of a crontab')
        .choices(['systemd', 'cron'])
        .makeOptionMandatory(),
    )
    .option('-o, --output <folder>', 'write files instead of printing them');
  withHelp(withPlan(withOutput(render)), {
    examples: [
      'backup-plan schedule render --as cron',
      'backup-plan schedule render --as systemd -o /etc/systemd/system',
    ],
    exits: [0, 8, 10, 64],
  });
  lazily<ScheduleRenderOptions>(render, io, () => import('../actions/schedule-render.ts'));
  return new Command('schedule')
    .helpCommand(false)
    .description('have apply called at the right times')
    .addCommand(render);
}
