import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Bench } from './bench.ts';
import { makeRandomFile } from './data.ts';
import { best, measure, shell, type Timed } from './measure.ts';
import { fasterBy, type Row } from './report.ts';
import { BENCH_BUCKET, startStore, type Store } from './s3-store.ts';
import { GIBIBYTE } from './staged-file.ts';
import { createWorkspace, type Targets, type Workspace } from './workspace.ts';

const LIMIT_MEGABYTES = 250;

/** Straight to an S3 store, without a staged file, and back again. */
export const s3Straight: Bench = async ({ workspace, folder, scale, rounds }) => {
  const store = await startStore((8 * scale + 4) * GIBIBYTE);
  try {
    const restored = await restore(folder, { data: workspace.data, store, rounds });
    return [restored, await backUp(folder, store, 8 * scale)];
  } finally {
    await store.stop();
  }
};

const straightTo = ({ endpoint, env }: Store, prefix: string): Targets => ({
  targets: {
    cloud: {
      type: 's3',
      bucket: BENCH_BUCKET,
      prefix,
      endpoint,
      pathStyle: true,
      allowInsecure: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    },
  },
  limits: { staging: 'none' },
  env,
});

async function backUp(folder: string, store: Store, gibibytes: number): Promise<Row> {
  const home = join(folder, 'straight');
  const data = join(home, 'data');
  if (!existsSync(data)) {
    mkdirSync(data, { recursive: true });
    makeRandomFile(join(data, 'file.bin'), gibibytes * GIBIBYTE);
  }
  const { backupPlan } = createWorkspace(home, data, straightTo(store, 'large'));
  const { peakRssBytes } = await measure(backupPlan('apply', '--yes'));
  const megabytes = peakRssBytes / 1e6;
  return {
    measured: `resident memory, backup of ${gibibytes} GiB straight to S3`,
    value: `${megabytes.toFixed(0)} MB`,
    limit: `≤ ${LIMIT_MEGABYTES} MB`,
    holds: megabytes <= LIMIT_MEGABYTES,
  };
}

interface Restore {
  readonly data: string;
  readonly store: Store;
  readonly rounds: number;
}

/** Against a plain download into the same pipeline, both into memory. */
async function restore(folder: string, { data, store, rounds }: Restore): Promise<Row> {
  const workspace = createWorkspace(join(folder, 'straight-back'), data, straightTo(store, 'data'));
  await measure(workspace.backupPlan('apply', '--yes'));
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  const destination = join(memory, 'restored');
  const before = (): Promise<void> => {
    rmSync(destination, { recursive: true, force: true });
    return Promise.resolve();
  };
  try {
    const download = await downloadOf(workspace, store, destination);
    const results = await best([
      {
        name: 'backup-plan',
        rounds,
        before,
        timed: () =>
          workspace.backupPlan('restore', 'data@latest', '--to', destination, '--key', workspace.privateKey),
      },
      { name: 'download', rounds, before, timed: () => download },
    ]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const measured = 'restore from S3 on tmpfs, as fast as `rclone cat \\| gpg -d \\| zstd -d \\| tar x`';
    return fasterBy(0.9, [seconds('backup-plan'), seconds('download')], measured);
  } finally {
    rmSync(memory, { recursive: true, force: true });
  }
}

async function downloadOf({ gpg }: Workspace, { s3, endpoint, env }: Store, to: string): Promise<Timed> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: BENCH_BUCKET, Prefix: 'data/' }),
  );
  const key = Contents.map(({ Key = '' }) => Key).find((name) => name.endsWith('.tar.zst.gpg')) ?? '';
  const remote = `:s3,provider=Ceph,env_auth,endpoint='${endpoint}':${BENCH_BUCKET}/${key}`;
  const line = `mkdir ${to}; rclone --config /dev/null cat "${remote}" | gpg --batch --quiet -d | zstd -dc | tar -x -C ${to}`;
  return { ...shell(line), env: { ...env, ...gpg, AWS_CA_BUNDLE: '' } };
}
