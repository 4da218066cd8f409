import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '../../src/domain/json.ts';
import { targetTypes } from '../../src/targets/index.ts';
import { startCephDaemons } from '../support/ceph-daemons.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { startSshd } from '../support/sshd.ts';

/** A real store behind a proxy that breaks its link. */
export interface SoakPlace {
  readonly name: string;
  readonly type: string;
  readonly options: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: FaultProxy;
  /** Of this machine, in which everything lies, where there is one. */
  readonly folder?: string;
  stop(): Promise<void>;
}

/** Those of which this machine has the server and this release the target type. */
export async function startPlaces(): Promise<readonly SoakPlace[]> {
  const places: SoakPlace[] = [];
  if (hasType('sftp') && (await hasTools('sshd', 'ssh-keygen'))) places.push(await sftpPlace());
  if (hasType('s3') && (await hasTools('radosgw', 'ceph-osd', 'ceph-mon'))) places.push(await s3Place());
  return places;
}

async function sftpPlace(): Promise<SoakPlace> {
  const sshd = await startSshd();
  const proxy = await startFaultProxy({ port: sshd.port });
  return {
    ...{ name: 'server', type: 'sftp', env: {}, proxy, folder: sshd.folder },
    options: sshd.options('soak', { port: proxy.port }),
    stop: async () => {
      await proxy.close();
      await sshd.stop();
    },
  };
}

async function s3Place(): Promise<SoakPlace> {
  const ceph = await startCephDaemons();
  const [user, accessKeyId, secretAccessKey] = ['soak', randomHex(), randomHex()];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  const create = ['user', 'create', '--uid', user, '--display-name', user, ...keys];
  await promisify(execFile)('radosgw-admin', ['-c', ceph.confPath, '-n', 'client.rgw.a', ...create]);
  const client = new S3Client({
    endpoint: ceph.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: user }));
  const proxy = await startFaultProxy({ port: Number(new URL(ceph.endpoint).port) });
  const endpoint = `http://127.0.0.1:${String(proxy.port)}`;
  return {
    ...{ name: 'bucket', type: 's3', proxy },
    options: { bucket: user, endpoint, pathStyle: true, allowInsecure: true },
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    stop: async () => {
      client.destroy();
      await proxy.close();
      await ceph.stop();
    },
  };
}

function hasType(name: string): boolean {
  return targetTypes.some(({ type }) => type === name);
}

async function hasTools(...names: readonly string[]): Promise<boolean> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = await Promise.all(
    names.map((name) =>
      Promise.any(folders.map((folder) => access(`${folder}/${name}`))).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

function randomHex(): string {
  return randomBytes(10).toString('hex');
}
