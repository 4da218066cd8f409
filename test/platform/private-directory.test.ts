import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok } from '../../src/domain/result.ts';
import { createPrivateDirectory, withPrivateDirectory } from '../../src/platform/private-directory.ts';
import { failureIn, valueOf } from '../support/results.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'private-test-'));
});
afterEach(() => rm(parent, { recursive: true }));

/** The name that a process with this id would have chosen. */
async function nameOf(pid: number): Promise<string> {
  const made = valueOf(await createPrivateDirectory(parent, 'run'));
  await made.remove();
  return path.basename(made.path).replace(`-${String(process.pid)}-`, `-${String(pid)}-`);
}

function deadPid(): number {
  return spawnSync('true').pid;
}

describe('a private directory', () => {
  it('belongs to us alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const made = valueOf(await createPrivateDirectory(parent, 'run'));
      expect((await stat(made.path)).mode & 0o777).toBe(0o700);
      expect(path.dirname(made.path)).toBe(parent);
    } finally {
      process.umask(before);
    }
  });

  it('is removed with all it holds, as often as asked', async () => {
    const made = valueOf(await createPrivateDirectory(parent, 'run'));
    await writeFile(path.join(made.path, 'plaintext'), 'x');
    await made.remove();
    await made.remove();
    expect(await readdir(parent)).toEqual([]);
  });

  it('clears away those of dead processes, and nothing else', async () => {
    const stale = await nameOf(deadPid());
    const living = await nameOf(process.ppid);
    const elsewhere = stale.replace(/^run-\d+-/, 'run-1-');
    for (const name of [stale, living, elsewhere, 'run-notes', 'other']) await mkdir(path.join(parent, name));
    await writeFile(path.join(parent, stale, 'plaintext'), 'x');
    const made = valueOf(await createPrivateDirectory(parent, 'run'));
    const left = await readdir(parent);
    expect(left.sort()).toEqual([elsewhere, living, 'other', 'run-notes', path.basename(made.path)].sort());
  });

  it('does not follow a link that has the name of a stale one', async () => {
    const precious = path.join(parent, 'precious');
    await mkdir(precious);
    await symlink(precious, path.join(parent, await nameOf(deadPid())));
    valueOf(await createPrivateDirectory(parent, 'run'));
    expect(existsSync(precious)).toBe(true);
  });

  it('cannot be made where the parent is missing', async () => {
    const reason = failureIn(await createPrivateDirectory(path.join(parent, 'missing'), 'run'));
    expect(reason.message).toBe(
      `cannot make a private directory in ${parent}/missing: no such file or directory`,
    );
  });

  it('is gone after its use, in success, failure and with a bug', async () => {
    expect(
      valueOf(await withPrivateDirectory(parent, 'run', async (directory) => ok(existsSync(directory)))),
    ).toBe(true);
    failureIn(await withPrivateDirectory(parent, 'run', async () => failed(failure('CORRUPT', 'x'))));
    await expect(withPrivateDirectory(parent, 'run', () => Promise.reject(new Error('bug')))).rejects.toThrow(
      'bug',
    );
    expect(await readdir(parent)).toEqual([]);
  });
});
