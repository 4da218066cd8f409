import { examine } from '../../commands/doctor.ts';
import { doctorLines } from '../../views/doctor/human.ts';
import { doctorDocument } from '../../views/doctor/json.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import type { DoctorOptions } from '../definitions/doctor.ts';
import { printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<DoctorOptions> = (_args, options, io) =>
  eachReading(io, options, async ({ plan, ports, workspace }) => {
    const examinations = await examine(ports, workspace);
    if (options.json === true) printJson(io, doctorDocument(plan.name, examinations));
    else printLines(io.stdout, doctorLines(examinations, styleFor(io.stdout, io, options)));
    const failed = examinations.some((one) => one.state === 'failed');
    return failed ? exitCodeOf('TARGET_UNREACHABLE') : 0;
  });
