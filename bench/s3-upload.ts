import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { DeleteObjectCommand, HeadObjectCommand, S3 } from '@aws-sdk/client-s3';
import type { StagedFile } from '../src/domain/target.ts';
import { startCephDaemons, type CephDaemons } from '../test/support/ceph-daemons.ts';
import type { Bench } from './bench.ts';
import { best, shell, type Contender } from './measure.ts';
import { fasterBy } from './report.ts';
import { buildUploadProgram, GIBIBYTE, makeStagedFile, sizeText } from './staged-file.ts';

const BUCKET = 'bench';

/** One large file to an S3 store (Ceph RGW) on this machine that keeps everything in memory. */
export const s3Upload: Bench = async ({ rounds, scale }) => {
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  // Two copies: the store gives room back later than it says.
  const ceph = await startCephDaemons(Math.round((8 * scale + 2) * GIBIBYTE));
  try {
    const store = await openStore(ceph);
    const program = await buildUploadProgram(memory);
    const file = await makeStagedFile(memory, 4 * scale * GIBIBYTE);
    const contest: Contest = { store, program, file, rounds: Math.min(rounds, 2) };
    const results = await best([ours(contest), rclone(contest)]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const measured = `S3 upload of ${sizeText(file)}, faster than \`rclone copyto\``;
    return [fasterBy(1, [seconds('backup-plan'), seconds('rclone')], measured)];
  } finally {
    await ceph.stop();
    rmSync(memory, { recursive: true, force: true });
  }
};

interface Store {
  readonly s3: S3;
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Contest {
  readonly store: Store;
  readonly program: string;
  readonly rounds: number;
  readonly file: StagedFile;
}

async function openStore({ confPath, endpoint }: CephDaemons): Promise<Store> {
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  const user = ['user', 'create', '--uid', BUCKET, '--display-name', BUCKET, ...keys];
  await promisify(execFile)('radosgw-admin', ['-c', confPath, '-n', 'client.rgw.a', ...user]);
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await s3.createBucket({ Bucket: BUCKET });
  return { s3, endpoint, env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } };
}

function ours({ store, program, file, rounds }: Contest): Contender {
  const key = 'bench/data/large.gpg';
  const options = { bucket: BUCKET, endpoint: store.endpoint, pathStyle: true, allowInsecure: true };
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
  const remote = `:s3,provider=Ceph,env_auth,endpoint='${store.endpoint}':${BUCKET}/${key}`;
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
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
}

async function requireSize({ s3 }: Store, key: string, { bytes }: StagedFile): Promise<void> {
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
  if (ContentLength !== bytes) throw new Error(`${key} does not hold what was sent`);
}
