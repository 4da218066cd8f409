import { beforeEach, describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Target } from '../../src/domain/target.ts';
import { commitSample, createWorld, sampleRecord, type World } from '../support/sample-records.ts';

describe('a record that is read short', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    await commitSample(world, sampleRecord(world.repository));
  });

  /** The first so many reads of records give half of them. */
  function catalogAfter(cuts: number) {
    const { repository, verifier } = world;
    let left = cuts;
    const get: Target['get'] = async (key, maxBytes) => {
      const found = await repository.target.get(key, maxBytes);
      if (!found.ok || found.value === undefined || !key.includes('/snapshots/') || left === 0) return found;
      left -= 1;
      return { ok: true, value: found.value.subarray(0, found.value.length / 2) };
    };
    const target = { ...repository.target, get };
    return readCatalog({
      plan: 'acme',
      repositories: [{ ...repository, target }],
      unreachable: [],
      verifier,
    });
  }

  it('is read again', async () => {
    const { snapshots, problems, read } = await catalogAfter(1);
    expect([snapshots.length, problems, [...read]]).toEqual([1, [], ['memory']]);
  });

  it('is not taken for a damaged one, which nothing would wait for', async () => {
    const { problems, read } = await catalogAfter(2);
    expect(problems.map(({ code }) => code)).toEqual(['TARGET_IO']);
    expect([...read]).toEqual([]);
  });
});
