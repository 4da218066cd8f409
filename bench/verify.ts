import type { Bench } from './bench.ts';
import { best, measure } from './measure.ts';
import { fasterBy } from './report.ts';
import { bundles } from './workspace.ts';

/** Reading a bundle back and comparing it with its signed digests. */
export const verify: Bench = async ({ workspace, rounds }) => {
  await measure(workspace.backupPlan('backup', 'data', '--mode', 'full'));
  const newest = bundles(workspace).slice(-1);
  const results = await best([
    {
      name: 'backup-plan',
      rounds,
      timed: () => workspace.backupPlan('verify', 'data@latest', '--level', 'checksum'),
    },
    { name: 'openssl', rounds, timed: () => ({ argv: ['openssl', 'dgst', '-sha256', ...newest] }) },
  ]);
  const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
  const measured = 'speed of `verify --level checksum`, of `openssl dgst -sha256`';
  return [fasterBy(0.8, [seconds('backup-plan'), seconds('openssl')], measured)];
};
