import { mkdtempSync, rmSync } from 'node:fs';
import { DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { StagedFile } from '../src/domain/target.ts';
import type { Bench } from './bench.ts';
import { best, shell, type Contender } from './measure.ts';
import { fasterBy } from './report.ts';
import { BENCH_BUCKET, startStore, type Store } from './s3-store.ts';
import { buildUploadProgram, GIBIBYTE, makeStagedFile, sizeText } from './staged-file.ts';

/** One large file to an S3 store (Ceph RGW) on this machine that keeps everything in memory. */
export const s3Upload: Bench = async ({ rounds, scale }) => {
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  // Two copies: the store gives room back later than it says.
  const store = await startStore((8 * scale + 2) * GIBIBYTE);
  try {
    const program = await buildUploadProgram(memory);
    const file = await makeStagedFile(memory, 4 * scale * GIBIBYTE);
    const contest: Contest = { store, program, file, rounds: Math.min(rounds, 2) };
    const results = await best([ours(contest), rclone(contest)]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const measured = `S3 upload of ${sizeText(file)}, faster than \`rclone copyto\``;
    return [fasterBy(1, [seconds('backup-plan'), seconds('rclone')], measured)];
  } finally {
    await store.stop();
    rmSync(memory, { recursive: true, force: true });
  }
};

interface Contest {
  readonly store: Store;
  readonly program: string;
  readonly rounds: number;
  readonly file: StagedFile;
}

function ours({ store, program, file, rounds }: Contest): Contender {
  const key = 'bench/data/large.gpg';
  const options = { bucket: BENCH_BUCKET, endpoint: store.endpoint, pathStyle: true, allowInsecure: true };
  return {
    name: 'backup-plan',
    rounds,
    before: () => remove(store, key),
    timed: () => ({
      argv: ['node', program, 's3', JSON.stringify(options), JSON.stringify(file), key],
      env: store.env,
    }),
    after: () => requireSize(store, key, file),
  };
}

/** As many parts at once as ours. */
function rclone({ store, file, rounds }: Contest): Contender {
  const key = 'copy';
  const remote = `:s3,provider=Ceph,env_auth,endpoint='${store.endpoint}':${BENCH_BUCKET}/${key}`;
  return {
    name: 'rclone',
    rounds,
    before: () => remove(store, key),
    timed: () => ({
      ...shell(`rclone --config /dev/null --s3-no-check-bucket copyto ${file.path} "${remote}"`),
      env: { ...store.env, AWS_CA_BUNDLE: '' },
    }),
    after: () => requireSize(store, key, file),
  };
}

async function remove({ s3 }: Store, key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: BENCH_BUCKET, Key: key }));
}

async function requireSize({ s3 }: Store, key: string, { bytes }: StagedFile): Promise<void> {
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: BENCH_BUCKET, Key: key }));
  if (ContentLength !== bytes) throw new Error(`${key} does not hold what was sent`);
}
