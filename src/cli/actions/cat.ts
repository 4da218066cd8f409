import { cat } from '../../commands/cat.ts';
import type { Action } from '../action.ts';
import type { CatOptions } from '../definitions/cat.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printLines } from '../print.ts';
import { eachReading, openerFor } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<CatOptions> = ([reference = '', path = ''], options, io) =>
  eachReading(
    io,
    options,
    async (reading) => {
      const { ports, workspace } = reading;
      const [own] = namesOf(reading, [reference]) ?? [];
      if (own === undefined) return 0;
      const opener = await openerFor(ports, workspace, options);
      if (!opener.ok) return printFailure(io, opener.failure, {});
      const context = { ports, workspace, opener: opener.value };
      return withSignals(io, async (signal) => {
        const note = (message: string): void => {
          printLines(io.stderr, [`note: ${message}`]);
        };
        const done = await cat(context, { reference: own, path, output: io.stdout, signal, note });
        return done.ok ? 0 : printFailure(io, done.failure, {});
      });
    },
    [reference],
  );
