import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { CEPH_START_MS, lacksCeph, startCeph } from '../support/ceph.ts';
import { collect } from '../support/collect.ts';
import { stageFile } from '../support/filesystem-place.ts';
import { temporaryFolder } from '../support/plain-snapshot.ts';
import { createRemotes, type Remotes } from '../support/rclone-remotes.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';

/** The whole suite over these would take minutes: rclone is started for every operation. */
async function liveOn(connect: () => Target): Promise<void> {
  expect(failureIn(await connect().open())).toMatchObject({ code: 'TARGET_UNREACHABLE' });
  const target = connect();
  valueOf(await target.prepare());
  const bytes = randomBytes(3_000_001);
  const file = await stageFile(`${await temporaryFolder()}/staged`, bytes);
  const seen: number[] = [];
  const key = 'acme/data/files/x.gpg';
  expect(valueOf(await target.upload(key, file, { onProgress: (done) => seen.push(done) }))).toBe('created');
  expect(seen.at(-1)).toBe(bytes.length);
  expect(valueOf(await target.upload(key, file))).toBe('exists');
  const started = Date.now();
  expect(valueOf(await target.create('acme/a.json', Buffer.from('{}')))).toBe('created');
  expect(valueOf(await target.create('acme/a.json', Buffer.from('[]')))).toBe('exists');
  expect(valueOf(await target.get('acme/a.json', 10))?.toString()).toBe('{}');
  expect(valueOf(await target.get('acme/b.json', 10))).toBeUndefined();
  expect(valueOf(await target.list('acme/')).map(({ key: name, size }) => [name, size])).toEqual([
    ['acme/a.json', 2],
    [key, bytes.length],
  ]);
  expect(valueOf(await target.list('none/'))).toEqual([]);
  const madeMs = valueOf(await target.stat('acme/a.json'))?.modifiedMs ?? 0;
  expect(Math.abs(madeMs - started)).toBeLessThan(60_000);
  const rest = await collect(valueOf(await target.read(key, { offset: 2_000_000 })));
  expect(createHash('sha256').update(rest).digest('hex')).toBe(
    createHash('sha256').update(bytes.subarray(2_000_000)).digest('hex'),
  );
  valueOf(await target.remove(key));
  valueOf(await target.remove(key));
  expect(valueOf(await target.stat(key))).toBeUndefined();
  await target.close();
}

async function topicsOn(target: Target): Promise<Readonly<Record<string, string>>> {
  valueOf(await target.open());
  const notes = await target.examine?.();
  return Object.fromEntries(notes?.ok === true ? notes.value.map(({ topic, state }) => [topic, state]) : []);
}

describe.skipIf(lacks('rclone', 'sshd', 'ssh-keygen'))('rclone over sshd', { timeout: 120_000 }, () => {
  let sshd: Sshd;
  let remotes: Remotes;
  beforeAll(async () => {
    sshd = await startSshd();
    const { port, user, identityFile } = sshd;
    const common = { type: 'sftp', host: '127.0.0.1', port: String(port), user };
    remotes = await createRemotes({
      box: { ...common, key_file: identityFile },
      nobody: { ...common, host: '127.0.0.1', port: '1', key_file: identityFile },
      stranger: { ...common, user: 'stranger', key_file: identityFile },
    });
  }, 60_000);
  afterAll(async () => {
    await remotes.remove();
    await sshd.stop();
  });

  it('keeps objects and reads back what has no hash', async () => {
    const connect = () => remotes.connect(`box:${sshd.folder}/backups`);
    await liveOn(connect);
    expect(await topicsOn(connect())).toMatchObject({ 'upload check': 'warning' });
  });

  it('tells a server that is not there from a folder that is not there', async () => {
    const why = failureIn(await remotes.connect('nobody:backups').open());
    expect(why).toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect(why.toolOutput).toMatch(/connection refused/);
    expect(failureIn(await remotes.connect('stranger:backups').open())).toMatchObject({
      code: 'TARGET_AUTH',
    });
  });
});

describe.skipIf(lacks('rclone') || lacksCeph())('rclone over an S3 store', { timeout: 120_000 }, () => {
  let remotes: Remotes;
  beforeAll(async () => {
    const { endpoint, accessKeyId, secretAccessKey } = await startCeph();
    const common = { type: 's3', provider: 'Ceph', endpoint, access_key_id: accessKeyId };
    remotes = await createRemotes({
      ceph: { ...common, secret_access_key: secretAccessKey },
      wrong: { ...common, secret_access_key: 'not the key' },
    });
  }, CEPH_START_MS);
  afterAll(() => remotes.remove());

  it('keeps objects and compares their hashes', async () => {
    const bucket = `rclone-${randomBytes(6).toString('hex')}`;
    const connect = () => remotes.connect(`ceph:${bucket}/primary`);
    await liveOn(connect);
    expect(await topicsOn(connect())).toMatchObject({ 'upload check': 'ok' });
    expect(failureIn(await remotes.connect(`wrong:${bucket}`).open())).toMatchObject({ code: 'TARGET_AUTH' });
  });
});
