import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';
import { startCephDaemons, type CephDaemons } from './ceph-daemons.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the socket at which the object store of this test run is asked for. */
    readonly cephBroker: string;
  }
}

export type CephPlace = Pick<CephDaemons, 'endpoint' | 'confPath'>;

/**
 * Set-up of a test run: one object store for all its files, started when the first of them asks,
 * stopped when the run is over.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'ceph-broker-'));
  const socketPath = join(folder, 'socket');
  let daemons: Promise<CephDaemons> | undefined;
  const server = createServer((_request, response) => {
    daemons ??= startCephDaemons();
    daemons.then(
      ({ endpoint, confPath }) => response.end(JSON.stringify({ endpoint, confPath })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(socketPath);
  await once(server, 'listening');
  project.provide('cephBroker', socketPath);
  return async () => {
    server.close();
    server.closeAllConnections();
    await daemons?.then(
      (running) => running.stop(),
      () => undefined,
    );
    await rm(folder, { recursive: true, force: true });
  };
}

/** For a test file: waits for the start where it is the first one. */
export async function askForCeph(socketPath: string): Promise<CephPlace> {
  const asked = request({ socketPath, path: '/' }).end();
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`no object store to test with: ${body}`);
  return JSON.parse(body) as CephPlace;
}
