import type { RestoreSpec } from '../../domain/plan.ts';
import type { Restore } from '../generated/plan-document.ts';

export function restoreOf(written: Restore = {}): RestoreSpec {
  const { activeCheck, hooks, migrate = [], check = [], owner, fileMode } = written;
  return {
    ...(activeCheck === undefined ? {} : { activeCheck: activeCheck.command }),
    hooks: { before: hooks?.before ?? [], after: hooks?.after ?? [] },
    migrate: migrate.map(({ from, to, run }) => ({ from, to, run })),
    check: check.map(({ command }) => command),
    ...(owner === undefined ? {} : { owner }),
    ...(fileMode === undefined ? {} : { fileMode: Number.parseInt(fileMode, 8) }),
  };
}
