import type { Bench } from './bench.ts';
import { best, measure } from './measure.ts';
import { atMost } from './report.ts';
import { borg, restic, type Rival } from './rivals.ts';
import { taking } from './workspace.ts';

/** A second backup with nothing changed since the first. */
export const unchanged: Bench = async ({ workspace, rounds }) => {
  const rivals = [restic(workspace), borg(workspace)];
  for (const rival of rivals) {
    await rival.reset();
    await measure(rival.backup('first'));
  }
  await measure(workspace.backupPlan('backup', 'data', '--mode', 'full'));
  const second = (rival: Rival) => ({
    name: rival.name,
    rounds,
    timed: (round: number) => rival.backup(`second-${round}`),
  });
  const results = await best([taking(workspace, 'incremental', rounds), ...rivals.map(second)]);
  const ours = results.get('backup-plan')?.seconds ?? NaN;
  return rivals.map(({ name }) =>
    atMost(
      0.5,
      [ours, results.get(name)?.seconds ?? NaN],
      `incremental backup of nothing changed, of ${name}`,
    ),
  );
};
