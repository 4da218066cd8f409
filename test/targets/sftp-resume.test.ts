import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import type { StagedFile, Target } from '../../src/domain/target.ts';
import { describeProcess } from '../../src/targets/filesystem/process-identity.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { connectTo, IMPATIENCE, newPath } from '../support/sftp-place.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';

const MIB = 1024 * 1024;
const BYTES = 24 * MIB + 12_345;
const KEY = 'acme/data/files/large.gpg';

describe.skipIf(lacks('sshd', 'ssh-keygen'))('an interrupted upload by SFTP', () => {
  let sshd: Sshd;
  let local: string;
  let file: StagedFile;
  beforeAll(async () => {
    sshd = await startSshd();
    local = await mkdtemp(join(tmpdir(), 'sftp-resume-'));
    const bytes = randomBytes(BYTES);
    await writeFile(join(local, 'staged'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    file = { path: join(local, 'staged'), bytes: BYTES, sha256 };
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(local, { recursive: true });
  });

  /** Sends until so much is acknowledged, then is interrupted. */
  async function sendPart(target: Target, bytes: number): Promise<void> {
    const stop = new AbortController();
    const onProgress = (sent: number): void => {
      if (sent >= bytes) stop.abort();
    };
    const sending = await target.upload(KEY, file, { signal: stop.signal, onProgress });
    expect(failureIn(sending).code).toBe('INTERRUPTED');
  }

  /** The first progress of an upload that must succeed. */
  async function sendRest(target: Target, path: string): Promise<number> {
    const seen: number[] = [];
    expect(valueOf(await target.upload(KEY, file, { onProgress: (bytes) => seen.push(bytes) }))).toBe(
      'created',
    );
    expect(seen.at(-1)).toBe(BYTES);
    expect(await digestOf(join(sshd.folder, path, KEY))).toBe(file.sha256);
    return seen[0] ?? 0;
  }

  it('goes on by itself when the session is killed', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const seen: number[] = [];
    let isKilled = false;
    const sent = await target.upload(KEY, file, {
      onProgress: (bytes) => {
        seen.push(bytes);
        if (isKilled || bytes < 10 * MIB) return;
        isKilled = true;
        sshd.killSessions();
      },
    });
    expect(valueOf(sent)).toBe('created');
    expect(isKilled).toBe(true);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
    expect(await digestOf(join(sshd.folder, path, KEY))).toBe(file.sha256);
    expect(valueOf(await target.list('tmp/')).map(({ key }) => key.split('/').at(-1))).toEqual(['owner']);
  });

  it('is taken up by the next attempt where it ended', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    await sendPart(target, 10 * MIB);
    expect(valueOf(await target.stat(KEY))).toBeUndefined();
    expect(await sendRest(target, path)).toBeGreaterThan(10 * MIB);
  });

  it('is taken up by another process once its own is dead', async () => {
    const path = newPath();
    const first = connectTo(sshd, path);
    valueOf(await first.prepare());
    await sendPart(first, 10 * MIB);
    const second = connectTo(sshd, path);
    valueOf(await second.open());
    const [folder = ''] = await readdir(join(sshd.folder, path, 'tmp'));
    await writeFile(
      join(sshd.folder, path, 'tmp', folder, 'owner'),
      describeProcess().replace(/start \d+/, 'start 1'),
    );
    expect(await sendRest(second, path)).toBeGreaterThan(10 * MIB);
  });

  it('is left alone by another process while its own lives', async () => {
    const path = newPath();
    const first = connectTo(sshd, path);
    valueOf(await first.prepare());
    await sendPart(first, 10 * MIB);
    const second = connectTo(sshd, path);
    valueOf(await second.open());
    expect(await sendRest(second, path)).toBeLessThan(10 * MIB);
  });

  it('believes no byte that differs from the staged file', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    await sendPart(target, 10 * MIB);
    const handle = await open(await onlyPart(path), 'r+');
    await handle.write(Buffer.alloc(100), 0, 100, 4 * MIB);
    await handle.close();
    expect(await sendRest(target, path)).toBeLessThan(5 * MIB);
  });

  it('builds unread on what was synced and noted, and on nothing when the server has lost of it', async () => {
    const path = newPath();
    const target = connectTo(sshd, path, { context: { clock: hastyClock() } });
    valueOf(await target.prepare());
    await sendPart(target, 20 * MIB);
    const part = await onlyPart(path);
    const noted = Number(await readFile(`${part}.synced`, 'utf8'));
    expect(noted).toBeGreaterThan(0);
    await truncate(part, noted);
    expect(await sendRest(target, path)).toBeGreaterThan(noted);
    valueOf(await target.remove(KEY));
    await sendPart(target, 20 * MIB);
    await truncate(part, MIB);
    expect(await sendRest(target, path)).toBeLessThan(4 * MIB);
  });

  it('starts again when the staged file is another one', async () => {
    const path = newPath();
    const target = connectTo(sshd, path);
    valueOf(await target.prepare());
    const changed = { ...file, sha256: '0'.repeat(64) };
    expect(failureIn(await target.upload(KEY, changed)).code).toBe('CORRUPT');
    expect(valueOf(await target.list('tmp/')).map(({ key }) => key.split('/').at(-1))).toEqual(['owner']);
  });

  it('ends with a timeout when the line stalls without a close', async () => {
    const proxy = await startFaultProxy({ port: sshd.port });
    onTestFinished(() => proxy.close());
    const target = connectTo(sshd, newPath(), { options: { port: proxy.port }, patience: IMPATIENCE });
    valueOf(await target.prepare());
    const sent = await target.upload(KEY, file, {
      onProgress: (bytes) => {
        if (bytes > 4 * MIB) proxy.stall();
      },
    });
    expect(failureIn(sent).code).toBe('TARGET_TIMEOUT');
    expect(failureIn(await target.get('repo.json', 10)).code).toBe('TARGET_TIMEOUT');
    await proxy.restore();
    expect(valueOf(await target.get('repo.json', 10))).toBeUndefined();
  });

  it('comes back after the line was cut between two operations', async () => {
    const proxy = await startFaultProxy({ port: sshd.port });
    onTestFinished(() => proxy.close());
    const target = connectTo(sshd, newPath(), { options: { port: proxy.port } });
    valueOf(await target.prepare());
    valueOf(await target.create('repo.json', Buffer.from('x')));
    proxy.resetAll();
    expect(valueOf(await target.create('other.json', Buffer.from('y')))).toBe('created');
    await proxy.cut();
    expect(failureIn(await target.get('repo.json', 10)).code).toBe('TARGET_UNREACHABLE');
    await proxy.restore();
    expect(valueOf(await target.get('repo.json', 10))?.toString()).toBe('x');
  });

  async function onlyPart(path: string): Promise<string> {
    const tmp = join(sshd.folder, path, 'tmp');
    const names = await readdir(tmp, { recursive: true });
    return join(tmp, names.find((name) => /part-[0-9a-f]+$/.test(name)) ?? 'none');
  }
});

/** Time flies: whatever is done every ten seconds is done all the time. */
function hastyClock(): Clock {
  let nowMs = 0;
  return { nowMs: () => Date.now(), monotonicMs: () => (nowMs += 1000) };
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
