import { listKeys } from '../../commands/key-list.ts';
import { keyListLines } from '../../views/keys/human.ts';
import { keyListDocument } from '../../views/keys/json.ts';
import type { Action } from '../action.ts';
import type { KeyListOptions } from '../definitions/key.ts';
import { eachPlan } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';

export const run: Action<KeyListOptions> = (_args, options, io) =>
  eachPlan(io, options, async ({ plan, ports }) => {
    const keys = await listKeys(ports, plan);
    if (!keys.ok) return printFailure(io, keys.failure, options);
    if (options.json === true) printJson(io, keyListDocument(plan.name, keys.value));
    else
      printLines(io.stdout, keyListLines(keys.value, ports.clock.nowMs(), styleFor(io.stdout, io, options)));
    return 0;
  });
