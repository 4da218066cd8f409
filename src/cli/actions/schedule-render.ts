import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { failure, type Failure } from '../../domain/failure.ts';
import type { Plan, Schedule } from '../../domain/plan.ts';
import type { Result } from '../../domain/result.ts';
import { renderCron } from '../../schedule/render/cron.ts';
import type { RenderedSchedule, ScheduledPlan } from '../../schedule/render/scheduled-plan.ts';
import { renderSystemd } from '../../schedule/render/systemd.ts';
import type { Action, Io } from '../action.ts';
import type { ScheduleRenderOptions } from '../definitions/schedule.ts';
import { eachPlan } from '../each-plan.ts';
import { printFailure, printJson, printLines } from '../print.ts';

export const run: Action<ScheduleRenderOptions> = (_args, options, io) =>
  eachPlan(io, options, async ({ plan, ports }) => {
    const rendered = render(scheduledPlan(plan, ports.clock.nowMs()), options);
    if (!rendered.ok) return printFailure(io, rendered.failure, options);
    printLines(
      io.stderr,
      rendered.value.notes.map((note) => `note: ${note}`),
    );
    const refused = await deliver(io, options, rendered.value);
    return refused === undefined ? 0 : printFailure(io, refused, options);
  });

function render(plan: ScheduledPlan, { as }: ScheduleRenderOptions): Result<RenderedSchedule> {
  if (as === 'systemd') return renderSystemd(plan);
  return renderCron(plan, Intl.DateTimeFormat().resolvedOptions().timeZone);
}

function scheduledPlan(plan: Plan, nowMs: number): ScheduledPlan {
  const enabled = Object.values(plan.resources).filter((resource) => resource.enabled);
  const schedules = new Map<string, Schedule>();
  for (const { schedule } of enabled.flatMap((resource) => resource.schedules)) {
    schedules.set(`${schedule.cron} ${schedule.timezone} ${String(schedule.jitterMs)}`, schedule);
  }
  return {
    name: plan.name,
    schedules: [...schedules.values()],
    program: [process.execPath, resolve(process.argv[1] ?? 'backup-plan')],
    planFile: plan.file,
    nowMs,
  };
}

async function deliver(
  io: Io,
  options: ScheduleRenderOptions,
  { files, notes }: RenderedSchedule,
): Promise<Failure | undefined> {
  if (options.output !== undefined) return writeFiles(io, options.output, files);
  if (options.json === true) printJson(io, { format: 'backup-plan/schedule@1.0', files, notes });
  else
    printLines(
      io.stdout,
      files.map(({ name, content }) => `# ${name}\n${content}`),
    );
  return undefined;
}

async function writeFiles(
  io: Io,
  folder: string,
  files: RenderedSchedule['files'],
): Promise<Failure | undefined> {
  await mkdir(folder, { recursive: true });
  for (const { name } of files) {
    const taken = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (taken) return failure('DESTINATION_REFUSED', `${join(folder, name)} exists; nothing is overwritten`);
  }
  for (const { name, content } of files) {
    await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o644 });
    printLines(io.stdout, [`wrote ${join(folder, name)}`]);
  }
  return undefined;
}
