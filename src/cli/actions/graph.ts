import { newRunId, newSnapshotId } from '../../catalog/ids.ts';
import { describeGraph } from '../../planner/describe-graph.ts';
import { planRun } from '../../planner/plan-run.ts';
import type { Action } from '../action.ts';
import type { GraphOptions } from '../definitions/graph.ts';
import { eachPlan } from '../each-plan.ts';

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
    const text = describeGraph(graph, options.json === true ? 'json' : options.format);
    io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    return Promise.resolve(0);
  });
