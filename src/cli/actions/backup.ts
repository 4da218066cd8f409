import type { Action } from '../action.ts';
import type { BackupOptions } from '../definitions/backup.ts';
import { eachPlan, namesOf } from '../each-plan.ts';
import { runConverge } from '../run-converge.ts';

export const run: Action<BackupOptions> = (args, options, io) =>
  eachPlan(
    io,
    options,
    async (session) => {
      const resources = namesOf(session, args);
      if (resources === undefined) return 0;
      return runConverge(io, session, { ...options, kind: 'backup', resources });
    },
    args,
  );
