import { describe, expect, it } from 'vitest';
import { judgeVersions } from '../../../src/commands/restore/in-place/version.ts';
import { failureIn, valueOf } from '../../support/results.ts';

function way(steps: readonly string[], versions: string): readonly string[] | string {
  const [recorded = '', current = ''] = versions.split(' → ');
  const migrate = steps.map((step) => {
    const [from = '', to = ''] = step.split('>');
    return { from, to, run: [] };
  });
  const judged = judgeVersions(migrate, { recorded, current });
  return judged.ok ? valueOf(judged).map(({ from, to }) => `${from}>${to}`) : failureIn(judged).code;
}

describe('from the version of a snapshot to the installed one', () => {
  it.each([
    ['the same', [], 'app 1.2.3 → app 1.2.3', []],
    ['the same under another name', ['1.2>1.3'], 'app 1.2.3 (abc) → v1.2.3', []],
    ['another minor', [], '1.2 → 1.9.1', []],
    ['another major', [], '1.2 → 2.0', 'VERSION_MISMATCH'],
    ['a version that is older', [], '2.0 → 1.9', 'VERSION_MISMATCH'],
    ['one step', ['1.2>1.3'], '1.2.7 → 1.3.1', ['1.2>1.3']],
    ['several steps, in any order', ['2>3', '1.0>2.0'], '1.0.4 → 3.1', ['1.0>2.0', '2>3']],
    ['the shortest way', ['1>2', '2>3', '1>3'], '1.0 → 3.0', ['1>3']],
    ['a way that does not arrive', ['1>2', '2>1'], '1.0 → 3.0', 'VERSION_MISMATCH'],
    ['a step from elsewhere', ['1.1>2'], '1.2 → 2.0', 'VERSION_MISMATCH'],
    ['no number at all', [], 'stable → testing', 'VERSION_MISMATCH'],
    ['no number, but the same', [], 'stable → stable', []],
    ['a number that only begins alike', ['1>2'], '11.0 → 2.0', 'VERSION_MISMATCH'],
  ] as const)('%s', (_what, steps, versions, expected) => {
    expect(way(steps, versions)).toEqual(expected);
  });
});
