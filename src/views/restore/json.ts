import type { RestorePreview, RestoreReport } from '../../domain/restore-report.ts';

export function previewDocument(preview: RestorePreview): unknown {
  return { format: 'backup-plan/restore-preview@1.0', ...preview };
}

export function reportDocument({ snapshot, outcome, ...report }: RestoreReport): unknown {
  return {
    format: 'backup-plan/restore@1.0',
    type: 'summary',
    resource: snapshot.resource,
    snapshotId: snapshot.id,
    consistentAt: snapshot.record.consistentAt,
    ...report,
    ...outcome,
  };
}
