import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { RecordCache } from '../../src/domain/record-cache.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import type { World } from './sample-records.ts';

export interface CountedReading {
  readonly catalog: Catalog;
  /** Keys of the objects that were fetched. */
  readonly gets: readonly string[];
}

/** Reads the catalog of a world with a memory of what was verified, and counts what is fetched all the same. */
export async function readCounting(
  { repository, verifier }: World,
  memory: { readonly cache: RecordCache; readonly trust: string },
): Promise<CountedReading> {
  const gets: string[] = [];
  const { target } = repository;
  const counting: Target = Object.assign(Object.create(target) as Target, {
    get: (key: string, maxBytes: number) => {
      gets.push(key);
      return target.get(key, maxBytes);
    },
  });
  const catalog = await readCatalog({
    plan: 'acme',
    repositories: [{ ...repository, target: counting }],
    unreachable: [],
    verifier,
    memory,
  });
  return { catalog, gets };
}
