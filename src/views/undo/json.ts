import type { UndoableRestore, UndoReport } from '../../domain/restore-report.ts';
import { failureDocument } from '../failure/json.ts';

export function undoableDocument(restores: readonly UndoableRestore[]): unknown {
  return { format: 'backup-plan/undoable@1.0', restores };
}

export function undoDocument({ restoreId, resources }: UndoReport): unknown {
  return {
    format: 'backup-plan/undo@1.0',
    type: 'summary',
    restoreId,
    resources: resources.map(({ failure, ...rest }) => ({
      ...rest,
      ...(failure === undefined ? {} : { failure: failureDocument(failure) }),
    })),
  };
}

export function discardDocument(restoreId: string, removed: readonly string[]): unknown {
  return { format: 'backup-plan/undo-discard@1.0', restoreId, removed };
}
