import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { startCountingProxy, type CountingProxy } from '../../support/counting-proxy.ts';
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
