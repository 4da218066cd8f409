import type { RestoredResource, RestorePreview, RestoreReport } from '../../domain/restore-report.ts';
import { failureDocument } from '../failure/json.ts';

export function previewDocument(preview: RestorePreview): unknown {
  return { format: 'backup-plan/restore-preview@1.0', ...preview };
}

/** One resource is told flat, as ever; several are a list. */
export function reportDocument({ resources, restoreId, undoable }: RestoreReport): unknown {
  const [only, ...others] = resources;
  const way = {
    ...(restoreId === undefined ? {} : { restoreId }),
    ...(restoreId === undefined ? {} : { undoable }),
  };
  if (only !== undefined && others.length === 0)
    return { format: 'backup-plan/restore@1.0', type: 'summary', ...resourceOf(only), ...way };
  return {
    format: 'backup-plan/restore-several@1.0',
    type: 'summary',
    ...way,
    resources: resources.map(resourceOf),
  };
}

function resourceOf({ outcome, failure, ...rest }: RestoredResource): object {
  return { ...rest, ...outcome, ...(failure === undefined ? {} : { failure: failureDocument(failure) }) };
}
