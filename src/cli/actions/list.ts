import { failure } from '../../domain/failure.ts';
import { listReport } from '../../planner/list-report.ts';
import { listLines } from '../../views/list/human.ts';
import { listDocument } from '../../views/list/json.ts';
import type { Action } from '../action.ts';
import type { ListOptions } from '../definitions/list.ts';
import { namesOf } from '../each-plan.ts';
import { EXIT_UNKNOWN } from '../exit-codes.ts';
import { printFailure, printLines, printLongJson, styleFor } from '../print.ts';
import { columnsOf } from '../terminal.ts';
import { eachReading, type Reading } from '../reading.ts';

export const run: Action<ListOptions> = (args, options, io) =>
  eachReading(
    io,
    options,
    (reading) => {
      const { ports, workspace, plan } = reading;
      const resources = namesOf(reading, args);
      if (resources === undefined) return Promise.resolve(0);
      const unknown = resources.find((name) => !isKnown(reading, name));
      if (unknown !== undefined) {
        return Promise.resolve(printFailure(io, failure('NOT_FOUND', `no resource "${unknown}"`), options));
      }
      const known = Object.keys(plan.resources).length === 0 ? {} : { plan };
      const report = listReport(
        { catalog: workspace.catalog, nowMs: ports.clock.nowMs(), ...known },
        {
          resources,
          all: options.all === true,
          ...(options.label === undefined ? {} : { label: options.label }),
        },
      );
      if (options.json === true) printLongJson(io, listDocument(report));
      else printLines(io.stdout, listLines(report, styleFor(io.stdout, io, options), columnsOf(io.stdout)));
      return Promise.resolve(workspace.closed.size > 0 ? EXIT_UNKNOWN : 0);
    },
    args,
  );

/** Snapshots outlive the resource in the plan. */
function isKnown({ plan, workspace }: Reading, name: string): boolean {
  return (
    plan.resources[name] !== undefined ||
    workspace.catalog.snapshots.some(({ resource }) => resource === name)
  );
}
