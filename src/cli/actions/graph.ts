import { planNow } from '../../commands/converge/planned.ts';
import { newRunId } from '../../catalog/ids.ts';
import { describeGraph } from '../../planner/describe-graph.ts';
import type { Action } from '../action.ts';
import type { GraphOptions } from '../definitions/graph.ts';
import { eachReading } from '../reading.ts';
import { printFailure } from '../print.ts';

export const run: Action<GraphOptions> = (_args, options, io) =>
  eachReading(io, options, ({ ports, workspace }) => {
    const runId = newRunId(ports.clock.nowMs());
    const planned = planNow(ports, workspace, { kind: 'apply', resources: [], runId });
    if (!planned.ok) return Promise.resolve(printFailure(io, planned.failure, options));
    const format = options.json === true ? 'json' : options.format;
    const text = describeGraph(planned.value.graph, format);
    io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    return Promise.resolve(0);
  });
