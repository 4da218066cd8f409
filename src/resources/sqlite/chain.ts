import { failure, type Failure } from '../../domain/failure.ts';
import { needsParent } from '../../domain/mode.ts';
import type { ChainLink, RestoreContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readFacts, type SnapshotFacts } from './facts.ts';

/** A snapshot of a chain with what its index says. */
export interface ChainLevel {
  readonly link: ChainLink;
  readonly facts: SnapshotFacts;
}

/**
 * The levels of a chain, oldest first, once each of them is seen to build on the very copy that the
 * one before it holds: a level that is missing or in the wrong place shows before anything is read.
 */
export async function readChain({
  chain,
}: RestoreContext): Promise<Result<readonly [ChainLevel, ...ChainLevel[]]>> {
  const levels: ChainLevel[] = [];
  for (const link of chain) {
    const facts = await headerFacts(link);
    if (!facts.ok) return facts;
    const level = { link, facts: facts.value };
    const defect = defectOf(level, levels.at(-1));
    if (defect !== undefined) return failed(defect);
    levels.push(level);
  }
  return ok(levels as unknown as readonly [ChainLevel, ...ChainLevel[]]);
}

async function headerFacts(link: ChainLink): Promise<Result<SnapshotFacts>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  for await (const header of lines.value) return ok(readFacts(header) ?? {});
  return ok({});
}

function defectOf({ link, facts }: ChainLevel, below: ChainLevel | undefined): Failure | undefined {
  const { snapshotId, chain } = link.record;
  const isLaidOver = needsParent(chain.mode);
  if (isLaidOver !== (below !== undefined)) {
    return failure('CORRUPT', `snapshot ${snapshotId} (${chain.mode}) cannot stand at this place of a chain`);
  }
  const wanted = facts.base?.sha256;
  const found = below?.facts.copy?.sha256;
  if (wanted === undefined || found === undefined || wanted === found) return undefined;
  return failure(
    'CORRUPT',
    `snapshot ${snapshotId} does not build on ${below?.link.record.snapshotId ?? 'nothing'}: a level of the chain is missing or in the wrong place`,
  );
}
