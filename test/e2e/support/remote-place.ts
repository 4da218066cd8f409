import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { startCountingProxy, type CountingProxy } from '../../support/counting-proxy.ts';
import { startCeph } from '../../support/ceph.ts';
import { startSshd } from '../../support/sshd.ts';
import type { PlanParts } from './workspace.ts';
import { filesBelow } from './workspace.ts';

/** A real store behind a proxy that counts what a run asks of it. */
export interface RemotePlace {
  readonly proxy: CountingProxy;
  /** A target of the plan, in a fresh place. */
  target(): Promise<PlanParts>;
  /** Of every run. */
  readonly env: Readonly<Record<string, string>>;
  /** What lies in the place made last, sorted. */
  keys(): Promise<readonly string[]>;
  /** Makes all that lies there that much older, where the store allows it. */
  readonly age?: (ms: number) => Promise<void>;
  stop(): Promise<void>;
}

export async function sftpPlace(): Promise<RemotePlace> {
  const sshd = await startSshd();
  const proxy = await startCountingProxy(sshd.port);
  let made = 0;
  const folder = (): string => join(sshd.folder, `place-${String(made)}`);
  return {
    proxy,
    env: {},
    target: () => {
      made += 1;
      const options = sshd.options(`place-${String(made)}`, { port: proxy.port });
      return Promise.resolve({ type: 'sftp', ...options });
    },
    keys: () => filesBelow(folder()),
    age: async (ms) => {
      const at = new Date(Date.now() - ms);
      for (const file of await filesBelow(folder())) await utimes(join(folder(), file), at, at);
    },
    stop: async () => {
      await rm(folder(), { recursive: true, force: true });
      await proxy.close();
      await sshd.stop();
    },
  };
}

export async function cephPlace(): Promise<RemotePlace> {
  const ceph = await startCeph();
  const proxy = await startCountingProxy(Number(new URL(ceph.endpoint).port));
  const endpoint = `http://127.0.0.1:${String(proxy.port)}`;
  let bucket = '';
  return {
    proxy,
    env: { AWS_ACCESS_KEY_ID: ceph.accessKeyId, AWS_SECRET_ACCESS_KEY: ceph.secretAccessKey },
    target: async () => {
      bucket = await ceph.createBucket();
      return { type: 's3', bucket, endpoint, pathStyle: true, allowInsecure: true };
    },
    keys: async () => {
      const listed = await ceph.adminClient.send(new ListObjectsV2Command({ Bucket: bucket }));
      return (listed.Contents ?? []).map(({ Key = '' }) => Key);
    },
    stop: () => proxy.close(),
  };
}
