import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { best, measure } from './measure.ts';
import { atMost } from './report.ts';
import { pipelineBack } from './rivals.ts';

/** Everything back into memory, so that a disk's write speed does not hide the program. */
export const restore: Bench = async ({ workspace, rounds }) => {
  await measure(workspace.backupPlan('backup', 'data', '--mode', 'full'));
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  const destination = join(memory, 'restored');
  const clear = async (): Promise<void> => {
    rmSync(destination, { recursive: true, force: true });
    await Promise.resolve();
  };
  try {
    const results = await best([
      {
        name: 'backup-plan',
        rounds,
        before: clear,
        timed: () =>
          workspace.backupPlan('restore', 'data@latest', '--to', destination, '--key', workspace.privateKey),
      },
      {
        name: 'pipeline',
        rounds,
        before: async () => {
          await clear();
          mkdirSync(destination);
        },
        timed: () => pipelineBack(workspace, destination),
      },
    ]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const measured = 'restore of everything on tmpfs, of `gpg -d \\| zstd -d \\| tar x`';
    return [atMost(1.2, [seconds('backup-plan'), seconds('pipeline')], measured)];
  } finally {
    rmSync(memory, { recursive: true, force: true });
  }
};
