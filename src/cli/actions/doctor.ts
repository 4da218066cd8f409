import { accessOf, lifecycleOf } from '../../commands/doctor/access.ts';
import { examine } from '../../commands/doctor/examine.ts';
import { accessDocument, accessLines, lifecycleDocument, lifecycleLines } from '../../views/doctor/access.ts';
import { doctorLines } from '../../views/doctor/human.ts';
import { doctorDocument } from '../../views/doctor/json.ts';
import { exitCodeOf, failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Action, Io } from '../action.ts';
import type { DoctorOptions } from '../definitions/doctor.ts';
import { eachPlan, type PlanSession } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<DoctorOptions> = (_args, options, io) => {
  if (options.iam === true && options.lifecycle === true)
    return Promise.resolve(
      printFailure(io, failure('USAGE', '--iam and --lifecycle exclude each other'), options),
    );
  if (options.iam === true) return printEach(io, options, printAccess);
  if (options.lifecycle === true) return printEach(io, options, printLifecycle);
  return diagnose(io, options);
};

function diagnose(io: Io, options: DoctorOptions): Promise<number> {
  return eachReading(io, options, async ({ plan, ports, workspace }) => {
    const { probe, thorough = false } = options;
    const examinations = await examine(ports, workspace, { probe, thorough });
    if (options.json === true) printJson(io, doctorDocument(plan.name, examinations));
    else printLines(io.stdout, doctorLines(examinations, styleFor(io.stdout, io, options)));
    const failed = examinations.some((one) => one.state === 'failed');
    return failed ? exitCodeOf('TARGET_UNREACHABLE') : 0;
  });
}

type Print = (io: Io, options: DoctorOptions, session: PlanSession) => Result<void>;

/** Reads plans only: no store is asked. */
function printEach(io: Io, options: DoctorOptions, print: Print): Promise<number> {
  return eachPlan(io, { ...options, policies: 'ignore' }, (session) => {
    const printed = print(io, options, session);
    return Promise.resolve(printed.ok ? 0 : printFailure(io, printed.failure, options));
  });
}

const printAccess: Print = (io, options, { plan, ports }) => {
  const targets = accessOf(ports, plan, namesIn(options));
  if (!targets.ok) return targets;
  if (options.json === true) printJson(io, accessDocument(plan.name, targets.value));
  else printLines(io.stdout, accessLines(targets.value, styleFor(io.stdout, io, options)));
  return ok();
};

const printLifecycle: Print = (io, options, { plan, ports }) => {
  const targets = lifecycleOf(ports, plan, namesIn(options));
  if (!targets.ok) return targets;
  if (options.json === true) printJson(io, lifecycleDocument(plan.name, targets.value));
  else printLines(io.stdout, lifecycleLines(targets.value, styleFor(io.stdout, io, options)));
  return ok();
};

function namesIn({ target }: DoctorOptions): readonly string[] {
  return target === undefined ? [] : [target];
}
