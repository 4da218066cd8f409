import { execFileSync } from 'node:child_process';
import type { Bench } from './bench.ts';

interface Planning {
  readonly planMs: number;
  readonly reportMs: number;
  readonly due: number;
  readonly steps: number;
  readonly peakRssBytes: number;
}

/** Planning alone, without reading a plan or a target, in a process of its own. */
export const planning: Bench = ({ rounds }) => {
  const runs = Array.from({ length: rounds }, planMany);
  const fastest = runs.reduce((best, run) => (secondsOf(run) < secondsOf(best) ? run : best));
  const megabytes = Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)) / 1e6;
  return Promise.resolve([
    {
      measured: `planning ${fastest.due} due resources and their retention, CPU time`,
      value: `${secondsOf(fastest).toFixed(2)} s (${fastest.steps} steps)`,
      limit: '≤ 2 s',
      holds: secondsOf(fastest) <= 2,
    },
    {
      measured: 'resident memory of the same, its catalog included',
      value: `${megabytes.toFixed(0)} MB`,
      limit: '≤ 500 MB',
      holds: megabytes <= 500,
    },
  ]);
};

function planMany(): Planning {
  const output = execFileSync('node', ['--import', 'tsx', 'bench/plan-many.ts'], { encoding: 'utf8' });
  return JSON.parse(output) as Planning;
}

function secondsOf({ planMs, reportMs }: Planning): number {
  return (planMs + reportMs) / 1000;
}
