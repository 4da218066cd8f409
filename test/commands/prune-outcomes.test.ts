import { describe, expect, it } from 'vitest';
import { exitCodeOfPrune } from '../../src/commands/prune/prune.ts';
import { lastOutcomes } from '../../src/commands/prune/run-prune.ts';
import { failure } from '../../src/domain/failure.ts';
import type { PruneOutcome } from '../../src/domain/prune-report.ts';

describe('the outcomes of a prune', () => {
  const outcome = (root: string, state: PruneOutcome['state'], target = 'disk'): PruneOutcome => ({
    target,
    resource: 'calls',
    root,
    state,
    snapshots: 1,
    bytes: 1,
    ...(state === 'failed' ? { failure: failure('TARGET_UNREACHABLE', 'no route') } : {}),
  });
  const exitCode = (outcomes: readonly PruneOutcome[]): number =>
    exitCodeOfPrune({ planned: { targets: [] }, outcomes: lastOutcomes(outcomes) });

  it('are those of the last attempt at each chain on each target', () => {
    const [first, second] = [outcome('a', 'failed'), outcome('a', 'swept')];
    const others = [outcome('b', 'kept'), outcome('a', 'condemned', 'vault')];
    expect(lastOutcomes([first, ...others, second])).toEqual([second, ...others]);
  });

  it('are no failure where another attempt mended it, and are one where none did', () => {
    expect(exitCode([outcome('a', 'failed'), outcome('a', 'swept')])).toBe(0);
    expect(exitCode([outcome('a', 'failed'), outcome('b', 'swept')])).toBe(3);
    expect(exitCode([outcome('a', 'failed'), outcome('a', 'swept', 'vault')])).toBe(3);
  });
});
