import { resolve } from 'node:path';
import { failure } from '../../domain/failure.ts';
import { IndexUnreadable, type PathDifference } from '../../domain/resource-type.ts';
import type { RestoreDifferences } from '../../domain/restore-report.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readChain, type Links } from './read-chain.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';
import { placeContext } from './in-place/place-context.ts';

const MAX_PATHS = 10_000;

interface Asked {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly facts: Readonly<Record<string, unknown>>;
  /** A tree that was restored before; the live resource where absent. */
  readonly root?: string;
}

/** Compares the index with what is there, path by path; no payload is read. */
export async function findDifferences(
  tools: RestoreTools,
  asked: Asked,
): Promise<Result<RestoreDifferences>> {
  const { type } = asked.selection;
  if (type.diff === undefined) {
    return failed(failure('RESTORE_UNSUPPORTED', `a resource of type "${type.type}" cannot be compared`));
  }
  const read = await readChain(tools, { ...asked, reads: 'index' }, (links) => compare(tools, asked, links));
  return read.ok ? ok(read.value.value) : read;
}

async function compare(
  { workspace }: RestoreTools,
  { selection, request, facts, root }: Asked,
  links: Links,
): Promise<Result<RestoreDifferences>> {
  const diff = selection.type.diff?.bind(selection.type);
  if (diff === undefined) throw new Error('the type compares nothing');
  const lines = await (links.at(-1) ?? links[0]).index();
  if (!lines.ok) return lines;
  const found = diff({
    ...placeContext(workspace.plan.directory, { selection, request }),
    facts,
    lines: lines.value,
    ...(root === undefined ? {} : { root: resolve(root) }),
  });
  return count(found);
}

async function count(found: AsyncIterable<PathDifference>): Promise<Result<RestoreDifferences>> {
  const counts = { same: 0, changed: 0, missing: 0, extra: 0 };
  const paths: PathDifference[] = [];
  let others = 0;
  try {
    for await (const one of found) {
      counts[one.state] += 1;
      if (one.state === 'same') continue;
      others += 1;
      if (paths.length < MAX_PATHS) paths.push(one);
    }
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
  return ok({ counts, paths, morePaths: others - paths.length });
}
