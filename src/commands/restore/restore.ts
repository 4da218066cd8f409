import { createHash } from 'node:crypto';
import { failure } from '../../domain/failure.ts';
import type { RestoredResource, RestoreReport } from '../../domain/restore-report.ts';
import { ok, type Result } from '../../domain/result.ts';
import { choose, type Chosen, type Wanted } from './choose.ts';
import type { InPlaceOptions } from './in-place/options.ts';
import { restoreInPlace } from './in-place/run.ts';
import { checkNameMappings } from './name-mappings.ts';
import type { RestoreRequest, RestoreTools } from './request.ts';
import { leaveRestoreEvents } from './restore-event.ts';
import { thaw } from './thaw.ts';
import { restoreTo } from './to-folder.ts';

export interface RestoreOrder {
  readonly wanted: Wanted;
  readonly where: Where;
  readonly request: RestoreRequest;
}

export type Where =
  /** A new folder; with several resources one folder for each in it. */
  | { readonly kind: 'folder'; readonly to: string }
  | { readonly kind: 'in-place'; readonly options: InPlaceOptions };

/** Brings snapshots back, into a new place or over the live resources, and leaves word of it in the catalog. */
export async function restore(tools: RestoreTools, order: RestoreOrder): Promise<Result<RestoreReport>> {
  const chosen = choose(tools.ports, tools.workspace, order.wanted);
  if (!chosen.ok) return chosen;
  const mapped = checkNameMappings(chosen.value.selections, order.request, order.where.kind === 'in-place');
  if (!mapped.ok) return mapped;
  const thawed = await thaw(tools, { selections: chosen.value.selections, request: order.request });
  if (!thawed.ok) return thawed;
  const report = await bringBack(tools, order, chosen.value);
  const note = await leaveRestoreEvents(tools, { selections: chosen.value.selections, report });
  if (note !== undefined) order.request.note(note);
  if (!report.ok) return report;
  const missing = chosen.value.without.map(withoutSnapshot);
  return ok({ ...report.value, resources: [...report.value.resources, ...missing] });
}

function bringBack(
  tools: RestoreTools,
  { wanted, where, request }: RestoreOrder,
  { selections }: Chosen,
): Promise<Result<RestoreReport>> {
  if (where.kind === 'in-place') {
    const { options } = where;
    return restoreInPlace(tools, {
      selections,
      request,
      options,
      digest: digestOf({ wanted, options, request }),
    });
  }
  return restoreTo(tools, { selections, request, to: where.to, several: wanted.kind !== 'one' });
}

/** Of all that decides what a restore over live resources does. */
function digestOf({
  wanted,
  options: { backupExisting },
  request: { only, map, owner, numericOwner },
}: Pick<RestoreOrder, 'wanted' | 'request'> & { readonly options: InPlaceOptions }): string {
  const asked = [Object.entries(wanted), backupExisting, only, map, owner ?? null, numericOwner];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

function withoutSnapshot(resource: string): RestoredResource {
  return {
    resource,
    snapshotId: '',
    consistentAt: '',
    state: 'skipped',
    targets: [],
    durationMs: 0,
    failure: failure('NOT_FOUND', `${resource} has no good snapshot of that time`),
  };
}
