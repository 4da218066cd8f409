import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StagedFile } from '../../src/domain/target.ts';
import { buildTargetProgram, startTargetProcess } from '../support/filesystem-process.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { startLesserServer } from '../support/lesser-sftp-server.ts';
import { connectTo, newPath, preparedTarget } from '../support/sftp-place.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { targetContext } from '../support/target-context.ts';
import { sftp } from '../../src/targets/sftp/index.ts';

const PROCESSES = 4;
const RACERS = 10;
const KEY = 'acme/log/0000000001.json';

describe.skipIf(lacks('sshd', 'ssh-keygen'))('publishing by SFTP', () => {
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    sshd = await startSshd();
    folder = await mkdtemp(join(tmpdir(), 'sftp-program-'));
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has one winner among 40 racers in several processes', { timeout: 60_000 }, async () => {
    const program = await buildTargetProgram(folder, 'sftp-program.ts');
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const processes = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        startTargetProcess(program, JSON.stringify(sshd.options(path))),
      ),
    );
    onTestFinished(() => {
      for (const { child } of processes) child.kill('SIGKILL');
    });
    const answers = await Promise.all(
      processes.map((one, index) => one.ask(`create ${KEY} racer-${String(index)} ${String(RACERS)}`)),
    );
    const outcomes = answers.flatMap((answer, process) =>
      answer
        .split(' ')
        .map((outcome, racer) => ({ outcome, content: `racer-${String(process)}-${String(racer)}` })),
    );
    expect(outcomes).toHaveLength(PROCESSES * RACERS);
    const winners = outcomes.filter(({ outcome }) => outcome === 'created');
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'exists')).toHaveLength(PROCESSES * RACERS - 1);
    expect(valueOf(await target.get(KEY, 100))?.toString()).toBe(winners[0]?.content);
  });

  it('leaves nothing temporary behind, and is private', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    valueOf(await target.create(KEY, Buffer.from('x')));
    expect(valueOf(await target.list('tmp/')).map(({ key }) => key.split('/').at(-1))).toEqual(['owner']);
    await target.close();
    expect(await readdir(join(sshd.folder, path, 'tmp'))).toEqual([]);
  });

  it('works on a server without fsync, hard links and free space, and says what that means', async () => {
    const own = await startSshd({ subsystem: ['-P', 'fsync,hardlink,statvfs,posix-rename'] });
    onTestFinished(() => own.stop());
    const target = await preparedTarget(own);
    expect(valueOf(await target.create(KEY, Buffer.from('first')))).toBe('created');
    expect(valueOf(await target.create(KEY, Buffer.from('second')))).toBe('exists');
    expect(valueOf(await target.space())).toBeUndefined();
    const notes = valueOf((await target.examine?.()) ?? { ok: true, value: [] });
    expect(notes.map(({ topic, state }) => `${topic}: ${state}`)).toEqual([
      'durability: warning',
      'free space: warning',
      'create-only: ok',
      'clock: ok',
    ]);
  });

  it('has nothing to complain of at OpenSSH', async () => {
    const target = await preparedTarget(sshd);
    valueOf(await target.create(KEY, Buffer.from('x')));
    const notes = valueOf((await target.examine?.()) ?? { ok: true, value: [] });
    expect(notes.map(({ topic, state }) => `${topic}: ${state}`)).toEqual([
      'durability: ok',
      'free space: ok',
      'create-only: ok',
      'clock: ok',
    ]);
    expect(valueOf(await target.space())?.freeBytes).toBeGreaterThan(0);
    expect(target.capabilities.createOnly).toBe(true);
  });
});

describe.skipIf(lacks('ssh-keygen'))('a server whose rename replaces', () => {
  it('is found out: nothing is overwritten, and the capability is taken back', async () => {
    const server = await startLesserServer({ replaces: true });
    onTestFinished(() => server.stop());
    const target = sftp.create(targetContext(server.options('place')));
    onTestFinished(() => target.close());
    valueOf(await target.prepare());
    expect(valueOf(await target.create(KEY, Buffer.from('first')))).toBe('created');
    expect(target.capabilities.createOnly).toBe(false);
    expect(valueOf(await target.create(KEY, Buffer.from('second')))).toBe('exists');
    expect(await readFile(join(server.folder, 'place', KEY), 'utf8')).toBe('first');
  });
});

describe.skipIf(lacks('ssh-keygen'))('a lost answer to a rename', () => {
  it.each(['create', 'upload'] as const)('is looked up: %s was done', async (way) => {
    const { file, remove } = await stagedFile();
    onTestFinished(remove);
    let isCut = false;
    const server = await startLesserServer({
      afterRename: (to) => {
        if (isCut || !to.endsWith(KEY)) return false;
        isCut = true;
        return true;
      },
    });
    onTestFinished(() => server.stop());
    const target = sftp.create(targetContext(server.options('place')));
    onTestFinished(() => target.close());
    valueOf(await target.prepare());
    const done = way === 'create' ? target.create(KEY, Buffer.from('staged')) : target.upload(KEY, file);
    expect(valueOf(await done)).toBe('created');
    expect(isCut).toBe(true);
    expect(valueOf(await target.get(KEY, 100))?.toString()).toBe('staged');
  });
});

describe.skipIf(lacks('ssh-keygen'))('a server that keeps less than it confirms', () => {
  it('is found out by the size, and nothing appears', async () => {
    const { file, remove } = await stagedFile();
    onTestFinished(remove);
    const server = await startLesserServer({ keepsBytes: 5 });
    onTestFinished(() => server.stop());
    const target = sftp.create(targetContext(server.options('place')));
    onTestFinished(() => target.close());
    valueOf(await target.prepare());
    expect(failureIn(await target.upload(KEY, file)).code).toBe('TRUNCATED');
    expect(failureIn(await target.create(KEY, Buffer.from('longer'))).code).toBe('TRUNCATED');
    expect(valueOf(await target.stat(KEY))).toBeUndefined();
  });
});

async function stagedFile(): Promise<{ file: StagedFile; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'staged-'));
  const path = join(folder, 'file');
  await writeFile(path, 'staged');
  const sha256 = createHash('sha256').update('staged').digest('hex');
  return { file: { path, bytes: 6, sha256 }, remove: () => rm(folder, { recursive: true }) };
}
