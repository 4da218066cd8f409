import { describe, expect, it } from 'vitest';
import { ok } from '../../src/domain/result.ts';
import type { BackupTask } from '../../src/domain/run-graph.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { checkSpace } from '../../src/steps/space.ts';

const task: BackupTask = { snapshotId: 'new', resource: 'db', mode: 'full', targets: ['near', 'far'] };

/** A run whose last full took 100 bytes, on targets with so many bytes free; undefined = cannot tell. */
function runWith(free: Readonly<Record<string, number | undefined>>): RunContext {
  const repositories = new Map(
    Object.entries(free).map(([name, freeBytes]) => {
      const facts = freeBytes === undefined ? undefined : { freeBytes, totalBytes: 1000 };
      return [name, { target: { name, space: () => Promise.resolve(ok(facts)) } }];
    }),
  );
  const record = { index: { bytes: 10 }, artifacts: [{ bytes: 90 }] };
  const catalog = { snapshots: [{ resource: 'db', mode: 'full', good: true, record }] };
  return { repositories, catalog } as unknown as RunContext;
}

describe('room for a capture', () => {
  it.each([
    ['both have room', { near: 100, far: 100 }],
    ['only the first is full', { near: 99, far: 100 }],
    ['only the second is full', { near: 100, far: 0 }],
    ['one cannot tell', { near: 0, far: undefined }],
  ])('is there when %s', async (_name, free) => {
    expect((await checkSpace(runWith(free), task)).ok).toBe(true);
  });

  it.each([
    ['every target is full', { near: 99, far: 0 }],
    ['the only open target is full', { far: 5 }],
  ])('is missing when %s', async (_name, free) => {
    expect(await checkSpace(runWith(free), task)).toMatchObject({ failure: { code: 'TARGET_FULL' } });
  });
});
