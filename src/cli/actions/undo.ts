import { createPorts } from '../../app/ports.ts';
import { discardSafety } from '../../commands/undo-discard.ts';
import { listUndoable } from '../../commands/undo-find.ts';
import { undo } from '../../commands/undo.ts';
import { exitCodeOf, failure } from '../../domain/failure.ts';
import { discardDocument, undoableDocument, undoDocument } from '../../views/undo/json.ts';
import { discardLines, undoableLines, undoLines } from '../../views/undo/human.ts';
import type { Action, Io } from '../action.ts';
import { canAsk, confirm } from '../confirm.ts';
import type { UndoOptions } from '../definitions/undo.ts';
import type { PlanSession } from '../each-plan.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, openerFor, type Reading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<UndoOptions> = async ([restoreId], options, io) => {
  const known = await listUndoable(createPorts({ env: io.env }));
  if (!known.ok) return printFailure(io, known.failure, options);
  if (restoreId === undefined) {
    if (options.discard === true) return printFailure(io, failure('USAGE', '--discard needs an id'), options);
    if (options.json === true) printJson(io, undoableDocument(known.value));
    else printLines(io.stdout, undoableLines(known.value, styleFor(io.stdout, io, options)));
    return 0;
  }
  const plan = known.value.find((one) => one.restoreId === restoreId)?.plan;
  const claimed: string[] = [];
  const claim = (session: PlanSession): boolean => {
    const isOurs = plan === undefined || session.plan.name === plan;
    if (isOurs) claimed.push(session.plan.name);
    return isOurs;
  };
  const act = options.discard === true ? discardOne : undoOne;
  const code = await eachReading(io, options, (reading) =>
    claim(reading) ? act(io, options, { reading, restoreId }) : Promise.resolve(0),
  );
  if (claimed.length > 0 || code !== 0) return code;
  const hint = `Name the file of that plan with --plan.`;
  return printFailure(
    io,
    failure('NOT_FOUND', `restore ${restoreId} is of plan "${plan ?? ''}"`, { hint }),
    options,
  );
};

interface OneUndo {
  readonly reading: Reading;
  readonly restoreId: string;
}

async function undoOne(io: Io, options: UndoOptions, { reading, restoreId }: OneUndo): Promise<number> {
  const { ports, workspace } = reading;
  const opener = await openerFor(ports, workspace, options);
  if (!opener.ok) return printFailure(io, opener.failure, options);
  const note = noteTo(io);
  return withSignals(io, async (signal) => {
    const report = await undo({ ports, workspace, opener: opener.value }, { restoreId, signal, note });
    if (!report.ok) return printFailure(io, report.failure, options);
    if (options.json === true) printJson(io, undoDocument(report.value));
    else printLines(io.stdout, undoLines(report.value, styleFor(io.stdout, io, options)));
    const failures = report.value.resources.flatMap(({ failure: why }) => why ?? []);
    if (options.json !== true) for (const why of failures) printFailure(io, why, options);
    const [first] = failures;
    if (first === undefined) return 0;
    return report.value.resources.length > 1 ? EXIT_FAILED : exitCodeOf(first.code);
  });
}

async function discardOne(io: Io, options: UndoOptions, { reading, restoreId }: OneUndo): Promise<number> {
  const ask = (question: string): Promise<boolean> =>
    canAsk(io, options) ? confirm(io, question) : Promise.resolve(false);
  const folders = await discardSafety(reading.ports, reading.workspace, {
    restoreId,
    note: noteTo(io),
    confirm: options.yes === true ? () => Promise.resolve(true) : ask,
  });
  if (!folders.ok) return printFailure(io, folders.failure, options);
  if (options.json === true) printJson(io, discardDocument(restoreId, folders.value));
  else printLines(io.stdout, discardLines(restoreId, folders.value, styleFor(io.stdout, io, options)));
  return 0;
}

function noteTo(io: Io): (message: string) => void {
  return (message) => {
    printLines(io.stderr, [`note: ${message}`]);
  };
}
