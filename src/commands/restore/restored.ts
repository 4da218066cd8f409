import type { RestoredResource } from '../../domain/restore-report.ts';
import type { Copy } from '../../domain/snapshot.ts';
import type { Selection } from './request.ts';

/** What every report of a restored resource begins with. */
export function restored(
  { snapshot }: Selection,
  copies: readonly Copy[],
): Omit<RestoredResource, 'durationMs'> {
  return {
    resource: snapshot.resource,
    snapshotId: snapshot.id,
    consistentAt: snapshot.record.consistentAt,
    state: 'restored',
    targets: [...new Set(copies.map(({ target }) => target))],
  };
}
