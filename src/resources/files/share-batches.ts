/**
 * Gives one sequence to two readers. It advances only while neither reader is more than `limit`
 * items behind, so memory stays bounded; a reader that stops early no longer holds the other up.
 */
export function shareBatches<T>(
  source: AsyncGenerator<T, void, undefined>,
  limit = 8,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  const shared: Shared<T> = { source, limit, readers: [], waiting: [], pumping: false, ended: false };
  return [reader(shared), reader(shared)];
}

interface Shared<T> {
  readonly source: AsyncGenerator<T, void, undefined>;
  readonly limit: number;
  readonly readers: { readonly queue: T[]; open: boolean }[];
  waiting: (() => void)[];
  pumping: boolean;
  ended: boolean;
  error?: Error;
}

function reader<T>(shared: Shared<T>): AsyncIterable<T> {
  const own = { queue: [] as T[], open: true };
  shared.readers.push(own);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const item = own.queue.shift();
          if (item !== undefined) {
            wake(shared);
            yield item;
          } else if (shared.ended) break;
          else if (
            shared.pumping ||
            shared.readers.some(({ open, queue }) => open && queue.length >= shared.limit)
          ) {
            await new Promise<void>((resolve) => shared.waiting.push(resolve));
          } else await pump(shared);
        }
        if (shared.error !== undefined) throw shared.error;
      } finally {
        own.open = false;
        own.queue.length = 0;
        wake(shared);
        if (!shared.readers.some(({ open }) => open)) await shared.source.return(undefined);
      }
    },
  };
}

async function pump<T>(shared: Shared<T>): Promise<void> {
  shared.pumping = true;
  try {
    const next = await shared.source.next();
    if (next.done === true) shared.ended = true;
    else for (const { open, queue } of shared.readers) if (open) queue.push(next.value);
  } catch (error) {
    shared.ended = true;
    shared.error = error as Error;
  } finally {
    shared.pumping = false;
    wake(shared);
  }
}

function wake<T>(shared: Shared<T>): void {
  const { waiting } = shared;
  shared.waiting = [];
  for (const resolve of waiting) resolve();
}
