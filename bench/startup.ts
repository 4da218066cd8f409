import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import type { Timed } from './measure.ts';

/** Start time, by hyperfine, because tens of milliseconds need many runs. */
export const startup: Bench = async ({ workspace, folder }) => {
  const plan = join(folder, 'startup', 'backup-plan.yaml');
  writePlan(plan, workspace.folder, 30);
  const [bare, version, validate] = await hyperfine(join(folder, 'hyperfine.json'), [
    { argv: ['node', '-e', '0'] },
    workspace.backupPlan('--version'),
    workspace.backupPlan('validate', plan),
  ]);
  const ratio = (version ?? NaN) / (bare ?? NaN);
  const extraMs = ((validate ?? NaN) - (bare ?? NaN)) * 1000;
  return [
    {
      measured: '`--version`, of `node -e 0`',
      value: `${ratio.toFixed(2)} × (${milliseconds(version)}, ${milliseconds(bare)})`,
      limit: '≤ 1.4 ×',
      holds: ratio <= 1.4,
    },
    {
      measured: '`validate` of 30 resources, more than `node -e 0`',
      value: `${extraMs.toFixed(0)} ms (${milliseconds(validate)}, ${milliseconds(bare)})`,
      limit: '≤ 200 ms',
      holds: extraMs <= 200,
    },
  ];
};

const milliseconds = (seconds: number | undefined): string => `${((seconds ?? NaN) * 1000).toFixed(0)} ms`;

/** Fastest seconds of each command, in their order. */
async function hyperfine(results: string, commands: readonly Timed[]): Promise<readonly number[]> {
  const lines = commands.map(({ argv }) => argv.map((word) => `'${word}'`).join(' '));
  execFileSync('hyperfine', ['-N', '--warmup', '3', '--runs', '30', '--export-json', results, ...lines], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { results: rows } = JSON.parse(readFileSync(results, 'utf8')) as { results: { min: number }[] };
  return rows.map(({ min }) => min);
}

function writePlan(file: string, like: string, resources: number): void {
  mkdirSync(join(file, '..'), { recursive: true });
  cpSync(join(like, 'keys'), join(file, '..', 'keys'), { recursive: true });
  copyFileSync(join(like, 'backup-plan.yaml'), file);
  const [head = '', body = ''] = readFileSync(file, 'utf8').split('resources:\n');
  const many = Array.from({ length: resources }, (_, index) => body.replace('  data:', `  data-${index}:`));
  writeFileSync(file, `${head}resources:\n${many.join('')}`);
}
