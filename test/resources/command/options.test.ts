import { describe, expect, test } from 'vitest';
import { commandType } from '../../../src/resources/command/index.ts';

const proof = { minSize: 1 };

describe('check', () => {
  test.each([
    ['neither dump nor artifacts', { proof }, 'one of dump and artifacts is required'],
    ['both', { dump: ['a'], artifacts: { b: ['b'] }, proof }, 'dump and artifacts exclude each other'],
    [
      'a file name for artifacts',
      { artifacts: { b: ['b'] }, fileName: 'x', proof },
      'fileName goes with dump',
    ],
  ])('%s is an error', (_name, options, message) => {
    expect(commandType.check?.(options)).toEqual([
      expect.objectContaining({ severity: 'error', message: expect.stringContaining(message) as string }),
    ]);
  });

  test.each([
    { dump: ['a'], fileName: 'x', proof },
    { artifacts: { b: ['b'] }, proof },
  ])('%j is fine', (options) => {
    expect(commandType.check?.(options)).toEqual([]);
  });
});

test('every program is required once', () => {
  const options = {
    artifacts: { a: ['doctl', 'a'], b: ['doctl', 'b'], c: ['./own.sh'] },
    proof: { check: ['jq', '.'] },
  };
  expect(commandType.tools(options, 'full').map(({ tool }) => tool)).toEqual(['doctl', './own.sh', 'jq']);
});
