import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareBatches } from '../../../src/resources/files/share-batches.ts';

async function* numbers(
  count: number,
  onGive: (value: number) => void = () => undefined,
): AsyncGenerator<number, void> {
  for (let value = 1; value <= count; value += 1) {
    onGive(value);
    yield value;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('a shared sequence', () => {
  test('gives everything to both readers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 8 }), async (count, limit) => {
        const [a, b] = shareBatches(numbers(count), limit);
        const expected = Array.from({ length: count }, (_, index) => index + 1);
        expect(await Promise.all([all(a), all(b)])).toEqual([expected, expected]);
      }),
    );
  });

  test('runs no further ahead of the slower reader than its limit', async () => {
    let given = 0;
    const [fast, slow] = shareBatches(
      numbers(1000, (value) => {
        given = value;
      }),
      4,
    );
    const reading = all(fast);
    const steps = slow[Symbol.asyncIterator]();
    for (let taken = 1; taken <= 1000; taken += 1) {
      expect((await steps.next()).value).toBe(taken);
      expect(given).toBeLessThanOrEqual(taken + 4);
    }
    expect((await steps.next()).done).toBe(true);
    expect(await reading).toHaveLength(1000);
  });

  test('goes on for one reader when the other stops early', async () => {
    const [stays, leaves] = shareBatches(numbers(100), 2);
    const reading = all(stays);
    for await (const value of leaves) if (value === 3) break;
    expect(await reading).toHaveLength(100);
  });

  test('closes its source when both have stopped', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<number, void> {
      try {
        yield* numbers(100);
      } finally {
        closed = true;
      }
    }
    const [a, b] = shareBatches(source(), 2);
    for await (const value of a) if (value === 1) break;
    expect(closed).toBe(false);
    for await (const value of b) if (value === 1) break;
    expect(closed).toBe(true);
  });

  test('ends with its error for both readers', async () => {
    async function* source(): AsyncGenerator<number, void> {
      yield 1;
      await Promise.reject(new Error('torn'));
    }
    const [a, b] = shareBatches(source());
    const results = await Promise.allSettled([all(a), all(b)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
