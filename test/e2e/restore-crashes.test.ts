import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { startRestoring, type Restoring } from './support/restoring.ts';
import { disturbed, wasKilled, type FileCall } from './support/strace.ts';

/** After the last possible point of a restore no fault happens any more. */
const MORE_CALLS_THAN_A_RESTORE_HAS = 200;

describe.skipIf(lacks('gpg', 'strace', 'tar', 'zstd'))('a restore over live data that dies', () => {
  let restoring: Restoring;
  let spoilt: readonly string[];
  beforeEach(async () => {
    restoring = await startRestoring();
    await restoring.spoil();
    spoilt = restoring.digest();
  });
  afterEach(() => restoring[Symbol.asyncDispose]());

  /** The newest first, as each is the way back to the state that the one before it made. */
  async function goBack(): Promise<void> {
    for (const { restoreId } of (await restoring.undoable()).toReversed()) {
      const undone = await restoring.undo(restoreId);
      expect(undone.exitCode, undone.stderr).toBe(0);
      const discarded = await restoring.workspace.run(['undo', restoreId, '--discard', '--yes']);
      expect(discarded.exitCode, discarded.stderr).toBe(0);
    }
    expect(restoring.digest()).toEqual(spoilt);
  }

  /** The same restore once more gives what the snapshot holds, and the way back is still there. */
  async function finish(): Promise<void> {
    const again = await restoring.restore();
    expect(again.exitCode, again.stderr).toBe(0);
    expect(restoring.digest()).toEqual(restoring.saved);
    await goBack();
  }

  /** In turn. */
  function eitherWay(): () => Promise<void> {
    let turn = 0;
    return () => {
      turn += 1;
      return turn % 2 === 0 ? finish() : goBack();
    };
  }

  async function expectTidy(): Promise<void> {
    expect(await restoring.undoable()).toEqual([]);
    expect(await readdir(dirname(restoring.data))).toEqual(['data']);
  }

  async function dieAtEvery(
    calls: readonly FileCall[],
    stride: number,
    recover: () => Promise<void>,
  ): Promise<number> {
    let deaths = 0;
    for (let n = 1; n < MORE_CALLS_THAN_A_RESTORE_HAS; n += stride) {
      const result = await restoring.restore(undefined, disturbed(calls, n, 'KILL'));
      if (!wasKilled(result)) {
        expect(result.exitCode, result.stderr).toBe(0);
        return deaths;
      }
      deaths += 1;
      await recover();
    }
    throw new Error('the restore has more calls than expected');
  }

  it('at any rename: the same restore finishes it', async () => {
    expect(await dieAtEvery(['rename'], 1, finish)).toBeGreaterThan(1);
  });

  it('at any rename: an undo goes back', async () => {
    expect(await dieAtEvery(['rename'], 1, goBack)).toBeGreaterThan(1);
  });

  it('before what it wrote is durable: both ways are open', async () => {
    const deaths = await dieAtEvery(['fsync'], 7, eitherWay());
    expect(deaths).toBeGreaterThan(4);
  });

  it('while it makes or clears its folders: both ways are open, and nothing is left behind', async () => {
    const deaths = await dieAtEvery(['mkdir', 'rmdir', 'unlink'], 7, eitherWay());
    expect(deaths).toBeGreaterThan(2);
    await goBack();
    await expectTidy();
  });
});

describe.skipIf(lacks('gpg', 'strace', 'tar', 'zstd'))('an undo that dies', () => {
  it.each([
    [['rename'], 1],
    [['fsync', 'mkdir', 'rmdir'], 3],
  ] as const)('at any %s: the next one finishes it', async (calls, stride) => {
    await using restoring = await startRestoring();
    await restoring.spoil();
    const spoilt = restoring.digest();
    let deaths = 0;
    for (let n = 1; n < MORE_CALLS_THAN_A_RESTORE_HAS; n += stride) {
      const restored = await restoring.restore();
      expect(restored.exitCode, restored.stderr).toBe(0);
      const id = (await restoring.undoable()).at(-1)?.restoreId ?? '';
      const killed = wasKilled(await restoring.undo(id, disturbed(calls, n, 'KILL')));
      const again = await restoring.undo(id);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(restoring.digest()).toEqual(spoilt);
      await restoring.workspace.run(['undo', id, '--discard', '--yes']);
      if (!killed) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(1);
  });
});
