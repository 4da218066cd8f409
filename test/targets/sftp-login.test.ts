import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ok } from '../../src/domain/result.ts';
import { lacks, lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { connectTo, IMPATIENCE, newPath, preparedTarget } from '../support/sftp-place.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';

const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsIHwEPVNrPVGXnRfmBKbFAnXaTHmsWfUzq2oVQ9fYn';
const secrets = { read: (name: string) => Promise.resolve(ok(`the ${name}`)) };

describe.skipIf(lacks('sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add'))('a login by SFTP', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it('refuses a host key that is not pinned, names it, and logs nobody in', async () => {
    const target = connectTo(sshd, newPath(), { options: { hostKey: OTHER_KEY } });
    const failure = failureIn(await target.open());
    expect(failure.code).toBe('TARGET_UNTRUSTED');
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', join(sshd.scratch, 'host.pub')], {
      encoding: 'utf8',
    });
    expect(failure.message).toContain(fingerprint.split(' ')[1]);
  });

  it('takes one of several pinned keys, of whatever kind', async () => {
    const target = await preparedTarget(sshd, { options: { hostKey: [OTHER_KEY, sshd.hostKey] } });
    expect(valueOf(await target.list(''))).toEqual([]);
  });

  it('refuses a key file that others can read', async () => {
    const identityFile = await sshd.addKey('open', '');
    chmodSync(identityFile, 0o644);
    const failure = failureIn(await connectTo(sshd, newPath(), { options: { identityFile } }).open());
    expect(failure.code).toBe('TARGET_AUTH');
    expect(failure.hint).toContain('chmod 600');
  });

  it('refuses an unknown key', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(sshd.scratch, 'stranger')]);
    const options = { identityFile: join(sshd.scratch, 'stranger') };
    expect(failureIn(await connectTo(sshd, newPath(), { options }).open()).code).toBe('TARGET_AUTH');
  });

  it('opens a key with its passphrase, and with no other', async () => {
    const identityFile = await sshd.addKey('locked', 'the right');
    const options = (passphrase: string) => ({ options: { identityFile, passphrase }, context: { secrets } });
    await preparedTarget(sshd, options('right'));
    const failure = failureIn(await connectTo(sshd, newPath(), options('wrong')).open());
    expect(failure.code).toBe('TARGET_AUTH');
    expect(JSON.stringify(failure)).not.toContain('the wrong');
  });

  it('takes the key from an agent', async () => {
    const socket = join(sshd.scratch, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void agent.kill('SIGKILL'));
    await once(agent.stdout, 'data');
    execFileSync('ssh-add', ['-q', sshd.identityFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const { identityFile: _, ...options } = sshd.options(newPath());
    const target = connectTo(sshd, '', {
      context: { options: { ...options, agent: true }, environment: { SSH_AUTH_SOCK: socket } },
    });
    valueOf(await target.prepare());
    const without = connectTo(sshd, '', {
      context: { options: { ...options, agent: true }, environment: {} },
    });
    expect(failureIn(await without.open()).code).toBe('TARGET_AUTH');
  });

  it('gives up a server that takes the connection and says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const target = connectTo(sshd, newPath(), {
      options: { port },
      patience: { ...IMPATIENCE, handshakeMs: 200 },
    });
    expect(failureIn(await target.open()).code).toBe('TARGET_TIMEOUT');
  });

  it('says that nobody listens', async () => {
    const target = connectTo(sshd, newPath(), { options: { port: 1 } });
    expect(failureIn(await target.open()).code).toBe('TARGET_UNREACHABLE');
  });

  it('refuses a host key that was changed since', { timeout: 30_000 }, async () => {
    const own = await startSshd();
    onTestFinished(() => own.stop());
    const path = newPath();
    const target = connectTo(own, path);
    valueOf(await target.prepare());
    await own.changeHostKey();
    expect(failureIn(await target.create('repo.json', Buffer.from('x'))).code).toBe('TARGET_UNTRUSTED');
    expect(failureIn(await connectTo(own, path).open()).code).toBe('TARGET_UNTRUSTED');
  });
});

describe.skipIf(lacks('sshd', 'ssh-keygen') || lacksAbility('root'))('a login with a password', () => {
  const user = `bp-sftp-${String(process.pid)}`;
  let sshd: Sshd;
  beforeAll(async () => {
    const hash = execFileSync('openssl', ['passwd', '-6', 'the password'], { encoding: 'utf8' }).trim();
    execFileSync('/usr/sbin/useradd', ['--no-create-home', '--shell', '/bin/sh', '-p', hash, user]);
    sshd = await startSshd({ user });
    const uid = Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }));
    mkdirSync(join(sshd.folder, 'own'), { mode: 0o700 });
    chownSync(join(sshd.folder, 'own'), uid, uid);
  });
  afterAll(async () => {
    await sshd.stop();
    execFileSync('/usr/sbin/userdel', [user]);
  });
  const withPassword = (password: string) => {
    const { identityFile: _, ...options } = sshd.options('own');
    return connectTo(sshd, '', { context: { options: { ...options, password }, secrets } });
  };

  it('works with the right one', async () => {
    const target = withPassword('password');
    valueOf(await target.open());
    expect(valueOf(await target.create('repo.json', Buffer.from('x')))).toBe('created');
  });

  it('fails with a wrong one, which stands nowhere in the failure', async () => {
    const failure = failureIn(await withPassword('guess').open());
    expect(failure.code).toBe('TARGET_AUTH');
    expect(JSON.stringify(failure)).not.toContain('the guess');
  });

  it('is denied what the account may not touch', async () => {
    const { identityFile: _, ...options } = sshd.options('elsewhere');
    const target = connectTo(sshd, '', {
      context: { options: { ...options, password: 'password' }, secrets },
    });
    expect(failureIn(await target.prepare()).code).toBe('TARGET_DENIED');
  });
});
