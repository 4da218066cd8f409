import type { ChangedFile, ListedFile } from '../../domain/file-report.ts';

/** One line of `show --files --json`. */
export function fileDocument({ path, type, mode, ...rest }: ListedFile): object {
  return {
    format: 'backup-plan/files@1.0',
    path,
    type,
    ...(mode !== undefined && { mode: mode.toString(8).padStart(4, '0') }),
    ...rest,
  };
}

/** One line of `show --against --json`. */
export function changeDocument({ path, change, before, after }: ChangedFile): object {
  return {
    format: 'backup-plan/changes@1.0',
    path,
    change,
    ...(before !== undefined && { beforeBytes: before }),
    ...(after !== undefined && { afterBytes: after }),
  };
}
