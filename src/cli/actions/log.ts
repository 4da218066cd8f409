import { readEventLog } from '../../commands/event-log.ts';
import { readLog } from '../../commands/log.ts';
import { eventLogLines, logLines } from '../../views/log/human.ts';
import { eventLogDocument, logDocument } from '../../views/log/json.ts';
import type { Action } from '../action.ts';
import type { LogOptions } from '../definitions/log.ts';
import { EXIT_UNKNOWN } from '../exit-codes.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';

export const run: Action<LogOptions> = (_args, options, io) =>
  eachReading(io, options, async ({ workspace }) => {
    const style = styleFor(io.stdout, io, options);
    if (options.runs === true) {
      const events = readEventLog(workspace, options.limit);
      for (const { target, message } of workspace.catalog.problems)
        printLines(io.stderr, [`note: target ${target}: ${message}`]);
      if (options.json === true) printJson(io, eventLogDocument(events));
      else printLines(io.stdout, eventLogLines(events, style));
      return workspace.closed.size === 0 ? 0 : EXIT_UNKNOWN;
    }
    const log = await readLog(workspace, options.limit);
    if (!log.ok) return printFailure(io, log.failure, options);
    if (options.json === true) printJson(io, logDocument(log.value));
    else printLines(io.stdout, logLines(log.value, style));
    return 0;
  });
