import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startSshd } from '../test/support/sshd.ts';
import type { Bench } from './bench.ts';
import { best, measure, type Contender } from './measure.ts';
import { atMost } from './report.ts';
import { BENCH_BUCKET, startStore } from './s3-store.ts';
import { GIBIBYTE } from './staged-file.ts';
import { createWorkspace } from './workspace.ts';

/** A full backup to a disk, an SFTP server and an S3 store at once, against each of them alone. */
export const threeTargets: Bench = async ({ workspace, folder, rounds, scale }) => {
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  const [sshd, store] = [await startSshd({ parent: memory }), await startStore((8 * scale + 2) * GIBIBYTE)];
  try {
    const places = (name: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> => ({
      disk: { type: 'filesystem', path: join(folder, `three-${name}`, 'target') },
      house: { type: 'sftp', ...sshd.options(`three-${name}`) },
      cloud: {
        type: 's3',
        bucket: BENCH_BUCKET,
        prefix: `three-${name}`,
        endpoint: store.endpoint,
        pathStyle: true,
        allowInsecure: true,
        credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
      },
    });
    const contender = async (name: string, targets: readonly string[]): Promise<Contender> => {
      const chosen = Object.fromEntries(targets.map((target) => [target, places(name)[target]]));
      const elsewhere = { targets: chosen, env: store.env };
      const { backupPlan } = createWorkspace(join(folder, `three-${name}`), workspace.data, elsewhere);
      await measure(backupPlan('apply', '--yes'));
      return { name, rounds, timed: () => backupPlan('backup', 'data', '--mode', 'full') };
    };
    const alone = ['disk', 'house', 'cloud'];
    const contenders = await Promise.all([
      ...alone.map((name) => contender(name, [name])),
      contender('all', alone),
    ]);
    const results = await best(contenders);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const slowest = Math.max(...alone.map(seconds));
    return [
      atMost(
        1.3,
        [seconds('all'), slowest],
        'full backup to disk, SFTP and S3 at once, of the slowest alone',
      ),
    ];
  } finally {
    await sshd.stop();
    await store.stop();
    rmSync(memory, { recursive: true, force: true });
  }
};
