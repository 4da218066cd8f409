import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import {
  CONTENT,
  createPrunableWorkspace,
  expectNewestWhole,
  expectPruned,
  type PrunableWorkspace,
} from './support/pruning.ts';
import { contentOf } from './support/snapshots.ts';
import { disturbed, wasKilled, type FileCall } from './support/strace.ts';

const MORE_CALLS_THAN_A_PRUNE_HAS = 200;
const TIMEOUT_MS = 600_000;

describe.skipIf(lacks('gpg', 'strace', 'zstd'))('a prune that is killed', () => {
  let workspace: PrunableWorkspace;
  beforeAll(async () => {
    workspace = await createPrunableWorkspace(3);
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  it.each<[FileCall, number, number]>([
    ['link', 1, 5],
    ['unlink', 3, 5],
    ['rmdir', 1, 1],
  ])(
    'at any %s is finished by the next one, and nothing that stays is touched',
    async (call, stride, atLeast) => {
      let deaths = 0;
      for (let n = 1; n < MORE_CALLS_THAN_A_PRUNE_HAS; n += stride) {
        await workspace.reset();
        const result = await workspace.run(['prune'], disturbed([call], n, 'KILL'));
        if (!wasKilled(result)) {
          expect(result.exitCode, result.stderr).toBe(0);
          break;
        }
        deaths += 1;
        await expectNewestWhole(workspace);
        await workspace.succeed('prune');
        await expectPruned(workspace);
      }
      expect(deaths).toBeGreaterThanOrEqual(atLeast);
      expect(await contentOf(workspace, workspace.ids.at(-1) ?? '')).toBe(CONTENT);
    },
    TIMEOUT_MS,
  );
});
