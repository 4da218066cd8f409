import type { Repository } from '../../catalog/repository.ts';
import type { Examination } from '../../domain/doctor-report.ts';
import { formatBytes } from '../../domain/size.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import type { Workspace } from '../workspace.ts';
import { fromFailure } from './from-failure.ts';

export async function examineTargets({
  repositories,
  closed,
  catalog,
}: Workspace): Promise<readonly Examination[]> {
  const bad = [...closed].map(([name, one]) => fromFailure('targets', name, one.failure));
  const good = await Promise.all(
    [...repositories.values()].map(async (repository) => [
      opened(repository, catalog),
      ...(await examineSpace(repository)),
      ...(await notesOf(repository)),
    ]),
  );
  const problems = catalog.problems
    .filter((one) => repositories.has(one.target))
    .map(({ target, code, message }): Examination => ({
      area: 'targets',
      subject: target,
      state: 'failed',
      detail: `${code}: ${message}`,
    }));
  return [...bad, ...good.flat(), ...problems];
}

function opened({ target: { name }, repoId }: Repository, { snapshots }: Catalog): Examination {
  const copies = snapshots.filter((one) => one.copies.some((copy) => copy.target === name)).length;
  const detail = `repository ${repoId}, ${String(copies)} snapshots`;
  return { area: 'targets', subject: name, state: 'ok', detail };
}

const LOW_SHARE = 0.1;

async function examineSpace({ target }: Repository): Promise<readonly Examination[]> {
  const space = await target.space();
  if (!space.ok || space.value === undefined) return [];
  const { freeBytes, totalBytes } = space.value;
  const detail = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`;
  const state = freeBytes < totalBytes * LOW_SHARE ? 'warning' : 'ok';
  return [{ area: 'space', subject: target.name, state, detail }];
}

/** What the store does by itself, as far as its adapter can tell. */
async function notesOf({ target }: Repository): Promise<readonly Examination[]> {
  const notes = await target.examine?.();
  if (notes === undefined) return [];
  if (!notes.ok) return [fromFailure('store', target.name, notes.failure)];
  return notes.value.map(({ topic, state, detail, hint }) => ({
    area: 'store',
    subject: target.name,
    state,
    detail: `${topic}: ${detail}`,
    ...(hint === undefined ? {} : { hint }),
  }));
}
