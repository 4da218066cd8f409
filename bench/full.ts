import type { Bench } from './bench.ts';
import { best } from './measure.ts';
import { atMost, fasterBy } from './report.ts';
import { borg, duplicity, first, gzipScript, pipeline, restic } from './rivals.ts';
import { taking } from './workspace.ts';

/** A full backup of everything: captured, compressed, encrypted, hashed, indexed, fsynced, recorded. */
export const full: Bench = async ({ workspace, rounds }) => {
  const slow = Math.min(rounds, 2);
  const results = await best([
    taking(workspace, 'full', rounds),
    { name: 'pipeline', rounds, timed: () => pipeline(workspace) },
    first(restic(workspace), rounds),
    first(borg(workspace), slow),
    first(duplicity(workspace), slow),
    { name: 'script', rounds: slow, timed: () => gzipScript(workspace) },
  ]);
  const against = (name: string): [number, number] => [
    results.get('backup-plan')?.seconds ?? NaN,
    results.get(name)?.seconds ?? NaN,
  ];
  return [
    atMost(1.35, against('pipeline'), 'full backup, of `tar \\| zstd -3 -T0 \\| gpg -z 0` and fsync'),
    fasterBy(1.3, against('restic'), 'full backup, faster than restic'),
    fasterBy(2, against('borg'), 'full backup, faster than borg'),
    fasterBy(8, against('duplicity'), 'full backup, faster than duplicity'),
    fasterBy(8, against('script'), 'full backup, faster than `tar -cz \\| gpg -e`'),
  ];
};
