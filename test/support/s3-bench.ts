import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/domain/json.ts';
import type { StagedFile, Target } from '../../src/domain/target.ts';
import { readOptions } from '../../src/targets/s3/options.ts';
import { createS3Target, PATIENCE, type S3Patience } from '../../src/targets/s3/s3-target.ts';
import type { Ceph } from './ceph.ts';
import { startHttpFaultProxy, type HttpFaultProxy } from './http-fault-proxy.ts';
import { valueOf } from './results.ts';
import { s3Context } from './s3-place.ts';

/** A key of an artifact. */
export const ARTIFACT = 'acme/data/files/20261121t020000z-0123456789abcdef/files.tar.zst.gpg';
export const RECORD = 'acme/snapshots/files/20261121t020000z-0123456789abcdef.json';
/** Three parts. */
export const LARGE_BYTES = 17 * 1024 * 1024 + 1;

/** A fresh bucket of the test run's store, behind a proxy that breaks what a test names. */
export interface S3Bench {
  readonly bucket: string;
  readonly proxy: HttpFaultProxy;
  /** Opened, and closed with the bench. */
  open(options?: JsonObject, rest?: ConnectRest): Promise<Target>;
  connect(options?: JsonObject, rest?: ConnectRest): Target;
  stage(bytes: Buffer): Promise<StagedFile>;
  close(): Promise<void>;
}

export type ConnectRest = Parameters<typeof s3Context>[2] & { readonly patience?: Partial<S3Patience> };

export async function createS3Bench(
  ceph: Ceph,
  made: Parameters<Ceph['createBucket']>[0] = {},
): Promise<S3Bench> {
  const folder = await mkdtemp(join(tmpdir(), 's3-bench-'));
  const bucket = await ceph.createBucket(made);
  const proxy = await startHttpFaultProxy({ upstream: ceph.endpoint });
  const opened: Target[] = [];
  const connect = (options: JsonObject = {}, { patience, ...rest }: ConnectRest = {}): Target => {
    const context = s3Context(ceph, { endpoint: proxy.endpoint, bucket, prefix: 'p', ...options }, rest);
    return createS3Target(context, readOptions(context.options, '/'), { ...PATIENCE, ...patience });
  };
  return {
    bucket,
    proxy,
    connect,
    open: async (options, rest) => {
      const target = connect(options, rest);
      valueOf(await target.open());
      opened.push(target);
      return target;
    },
    stage: async (bytes) => {
      const path = join(folder, randomBytes(6).toString('hex'));
      await writeFile(path, bytes, { mode: 0o600 });
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    close: async () => {
      await Promise.all(opened.map((target) => target.close()));
      await proxy.close();
      await rm(folder, { recursive: true });
    },
  };
}
