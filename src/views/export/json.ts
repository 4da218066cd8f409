import type { ExportReport } from '../../domain/export-report.ts';

export function exportDocument(report: ExportReport): unknown {
  return { format: 'backup-plan/export@1.0', ...report };
}
