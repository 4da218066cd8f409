import { describe, expect, it } from 'vitest';
import type { RunGraph } from '../../src/domain/run-graph.ts';
import { describeGraph, inRunOrder } from '../../src/planner/describe-graph.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { input, plan, resource } from './builders.ts';

const hooks = {
  before: [['systemctl', 'stop', 'app']],
  after: [['systemctl', 'start', 'app']],
  onFailure: [['page', 'me']],
};
const calls = resource('calls', { hooks, targets: { full: ['local', 'offsite'] } });
const { graph } = planRun(input(plan([calls, resource('uploads', { dependsOn: ['calls'] })])));

describe('describeGraph', () => {
  it.each(['text', 'mermaid', 'dot'] as const)('as %s', async (format) => {
    await expect(describeGraph(graph, format)).toMatchFileSnapshot(`golden/graph.${format}.txt`);
  });

  it('says so when there is nothing', () => {
    expect(describeGraph({ runId: 'run', steps: [] }, 'text')).toBe('no steps\n');
  });

  it('lets no name break out of its label', () => {
    const [step] = graph.steps;
    const evil: RunGraph = { runId: 'run', steps: [{ ...step!, id: 'a"]; x --> "<b>\\', needs: [] }] };
    expect(describeGraph(evil, 'mermaid')).toContain('s1["a#34;]; x --#62; #34;#60;b#62;\\"]');
    expect(describeGraph(evil, 'dot')).toContain('s1 [label="a\\"]; x --> \\"<b>\\\\"];');
  });

  it('puts every step after those that it waits for', () => {
    const { steps } = inRunOrder({ ...graph, steps: graph.steps.toReversed() });
    expect(steps).toHaveLength(graph.steps.length);
    const seen = new Set<string>();
    for (const { id, needs } of steps) {
      expect(needs.every((need) => seen.has(need))).toBe(true);
      seen.add(id);
    }
  });
});
