import { listReport } from '../../planner/list-report.ts';
import { listLines } from '../../views/list/human.ts';
import { listDocument } from '../../views/list/json.ts';
import type { Action } from '../action.ts';
import type { ListOptions } from '../definitions/list.ts';
import { namesOf } from '../each-plan.ts';
import { EXIT_UNKNOWN } from '../exit-codes.ts';
import { printJson, printLines, styleFor } from '../print.ts';
import { columnsOf } from '../terminal.ts';
import { eachReading } from '../reading.ts';

export const run: Action<ListOptions> = (args, options, io) =>
  eachReading(io, options, (reading) => {
    const { ports, workspace, plan } = reading;
    const resources = namesOf(reading, args);
    if (resources === undefined) return Promise.resolve(0);
    const known = Object.keys(plan.resources).length === 0 ? {} : { plan };
    const report = listReport(
      { catalog: workspace.catalog, nowMs: ports.clock.nowMs(), ...known },
      {
        resources,
        all: options.all === true,
        ...(options.label === undefined ? {} : { label: options.label }),
      },
    );
    if (options.json === true) printJson(io, listDocument(report));
    else printLines(io.stdout, listLines(report, styleFor(io.stdout, io, options), columnsOf(io.stdout)));
    return Promise.resolve(workspace.closed.size > 0 ? EXIT_UNKNOWN : 0);
  });
