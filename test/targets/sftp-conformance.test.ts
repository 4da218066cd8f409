import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { sftp } from '../../src/targets/sftp/index.ts';
import { lacks, lacksAbility } from '../support/requires.ts';
import { newPath } from '../support/sftp-place.ts';
import { startSshd, type Sshd, type SshdSetup } from '../support/sshd.ts';
import { targetContext } from '../support/target-context.ts';
import { describeTarget } from './conformance.ts';

function describeOn(name: string, setup: SshdSetup): void {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd(setup);
  });
  afterAll(() => sshd.stop());
  describeTarget(name, () => {
    const path = newPath();
    return Promise.resolve({
      connect: () => sftp.create(targetContext(sshd.options(path))),
      remove: () => rm(join(sshd.folder, path), { recursive: true, force: true }),
    });
  });
}

describe.skipIf(lacks('sshd', 'ssh-keygen'))('with OpenSSH', () => {
  describeOn('an SFTP target', {});
});

describe.skipIf(lacks('sshd', 'ssh-keygen') || lacksAbility('root'))('with a chroot', () => {
  describeOn('an SFTP target without a shell', { chroot: true });
});
