import type { Action } from '../action.ts';
import type { ApplyOptions } from '../definitions/apply.ts';
import { eachPlan, namesOf } from '../each-plan.ts';
import { runConverge } from '../run-converge.ts';

export const run: Action<ApplyOptions> = (_args, options, io) =>
  eachPlan(
    io,
    options,
    async (session) => {
      const resources = namesOf(session, options.resource ?? []);
      if (resources === undefined) return 0;
      const kind = options.repairCopies === true ? 'repair' : 'apply';
      return runConverge(io, session, { ...options, kind, resources });
    },
    options.resource,
  );
