import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { contentOf } from './support/snapshots.ts';
import { allGone } from './support/processes.ts';
import { disturbed, wasKilled, type FileCall } from './support/strace.ts';
import { createWorkspace, dumpResource, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

/** After the last possible point of a run no fault happens any more. */
const MORE_CALLS_THAN_A_RUN_HAS = 300;
/** Of what this machine remembers for itself: nobody is told when it cannot. */
const ADVISORY_CALLS = 4;

const CONTENT = 'something worth keeping END';

describe.skipIf(lacks('gpg', 'strace', 'zstd'))('a run that dies', () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await createWorkspace({
      // With gpg as engine its own calls would be disturbed too.
      encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
      resources: { export: dumpResource({ dump: ['../dump.sh'] }) },
    });
    await writeFile(workspace.path('dump.sh'), `#!/bin/sh\nprintf '${CONTENT}'\n`);
    await chmod(workspace.path('dump.sh'), 0o755);
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  async function succeed(...args: readonly string[]): Promise<void> {
    const result = await workspace.run(args);
    expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  }

  /** Whatever is listed is whole. */
  async function expectWhole(): Promise<void> {
    if ((await recordsIn(workspace.backups)).length > 0) await succeed('verify', '--level', 'checksum');
  }

  /** Nothing of the runs that died is left once another has succeeded. */
  async function expectTidy(): Promise<void> {
    await allGone(workspace);
    expect(await filesBelow(join(workspace.backups, 'tmp'))).toEqual([]);
    expect(await filesBelow(workspace.scratch)).toEqual([]);
    for (const record of await recordsIn(workspace.backups)) {
      expect(await contentOf(workspace, record.slice(record.lastIndexOf('/') + 1, -5))).toBe(CONTENT);
    }
  }

  /** Kills a run at one call after another, every `stride`th, until a run gets through. */
  async function dieAtEvery(
    calls: readonly FileCall[],
    stride: number,
    args: readonly string[],
  ): Promise<number> {
    let deaths = 0;
    for (let n = 1; n < MORE_CALLS_THAN_A_RUN_HAS; n += stride) {
      const result = await workspace.run(args, disturbed(calls, n, 'KILL'));
      if (!wasKilled(result)) {
        expect(result.exitCode, result.stderr).toBe(0);
        return deaths;
      }
      deaths += 1;
      await expectWhole();
    }
    throw new Error('the run has more calls than expected');
  }

  it('while the first apply makes a repository: the next one finishes the work', async () => {
    expect(await dieAtEvery(['link'], 1, ['apply', '--yes'])).toBeGreaterThan(4);
    // The last apply may have found everything done, and then looks at nothing else.
    await succeed('backup');
    await expectTidy();
  });

  it('at any publication of a backup: what is listed is whole, and the next run succeeds', async () => {
    await succeed('apply', '--yes');
    const deaths = await dieAtEvery(['link'], 1, ['backup']);
    expect(deaths).toBeGreaterThan(4);
    expect((await recordsIn(workspace.backups)).length).toBeGreaterThan(2);
    await expectTidy();
  });

  it('between publications: what is listed is whole, and the next run succeeds', async () => {
    await succeed('apply', '--yes');
    expect(await dieAtEvery(['fsync', 'unlink', 'mkdir', 'rmdir'], 5, ['backup'])).toBeGreaterThan(5);
    await expectTidy();
  });

  it.each([
    ['fsync', 'EIO', 7],
    ['link', 'EIO', 2],
    ['link', 'ENOSPC', 3],
    ['mkdir', 'ENOSPC', 2],
  ] as const)('does not call a backup good when %s fails with %s', async (call, fault, stride) => {
    await succeed('apply', '--yes');
    let faults = 0;
    let untold = 0;
    for (let n = 1; n < MORE_CALLS_THAN_A_RUN_HAS && untold < ADVISORY_CALLS; n += stride) {
      const known = (await recordsIn(workspace.backups)).length;
      const result = await workspace.run(['backup'], disturbed([call], n, fault));
      await expectWhole();
      if (result.exitCode === 0) {
        // A backup that is called good has its record, whatever failed beside it.
        expect(await recordsIn(workspace.backups)).toHaveLength(known + 1);
        if (!(result.stdout + result.stderr).includes(fault)) untold += 1;
      } else {
        expect([3, 9], result.stderr).toContain(result.exitCode);
        expect(result.stderr + result.stdout).not.toContain('met a bug');
      }
      faults += 1;
    }
    expect(faults).toBeGreaterThan(2);
    await succeed('backup');
    await expectTidy();
  });
});

describe('the emergency text', () => {
  it('lies on the target from the first apply on', async () => {
    await using workspace = await createWorkspace({
      resources: { export: dumpResource({ dump: ['printf', 'x END'] }) },
    });
    expect((await workspace.run(['apply', '--yes'])).exitCode).toBe(0);
    expect(await readFile(join(workspace.backups, 'README.txt'), 'utf8')).toContain('gpg -d');
  });
});
