import { newRunId, newSnapshotId } from '../../catalog/ids.ts';
import { describeGraph, inRunOrder } from '../../planner/describe-graph.ts';
import { graphDocument } from '../../views/graph/json.ts';
import { planRun } from '../../planner/plan-run.ts';
import type { Action } from '../action.ts';
import type { GraphOptions } from '../definitions/graph.ts';
import { eachPlan } from '../each-plan.ts';
import { printJson } from '../print.ts';

/** A catalog without snapshots makes everything due: the whole graph, without touching a target. */
const EMPTY = { snapshots: [], problems: [], events: [], read: new Set<string>() };

export const run: Action<GraphOptions> = (_args, options, io) =>
  eachPlan(io, options, ({ plan, ports }) => {
    const nowMs = ports.clock.nowMs();
    const { graph } = planRun({
      plan,
      catalog: { ...EMPTY, read: new Set(Object.keys(plan.targets)) },
      nowMs,
      host: ports.host,
      runId: newRunId(nowMs),
      newSnapshotId: () => newSnapshotId(nowMs),
      request: { kind: 'apply' },
    });
    const format = options.json === true ? 'json' : options.format;
    if (format === 'json') printJson(io, graphDocument(inRunOrder(graph)));
    else io.stdout.write(describeGraph(graph, format));
    return Promise.resolve(0);
  });
