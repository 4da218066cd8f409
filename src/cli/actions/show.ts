import { compareFiles, showFiles, type IndexAccess } from '../../commands/show-files.ts';
import { parseSnapshotReference, selectSnapshot } from '../../commands/snapshot-selector.ts';
import type { Result } from '../../domain/result.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { showReport } from '../../planner/list-report.ts';
import { changeLine, fileLine } from '../../views/files/human.ts';
import { changeDocument, fileDocument } from '../../views/files/json.ts';
import { showLines } from '../../views/show/human.ts';
import { showDocument } from '../../views/show/json.ts';
import type { Action, Io } from '../action.ts';
import type { ShowOptions } from '../definitions/show.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, openerFor, type Reading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<ShowOptions> = ([reference = ''], options, io) =>
  eachReading(
    io,
    options,
    async (reading) => {
      const [own] = namesOf(reading, [reference]) ?? [];
      if (own === undefined) return 0;
      const snapshot = find(reading, own);
      if (!snapshot.ok) return printFailure(io, snapshot.failure, options);
      if (options.files === true || options.against !== undefined) {
        return showContents(io, options, { reading, snapshot: snapshot.value });
      }
      return showFacts(io, options, { reading, snapshot: snapshot.value });
    },
    [reference],
  );

interface Shown {
  readonly reading: Reading;
  readonly snapshot: Snapshot;
}

function find({ workspace }: Reading, reference: string): Result<Snapshot> {
  const parsed = parseSnapshotReference(reference);
  return parsed.ok ? selectSnapshot(workspace.catalog, parsed.value) : parsed;
}

function showFacts(io: Io, options: ShowOptions, { reading, snapshot }: Shown): number {
  const { ports, plan, workspace } = reading;
  const known = Object.keys(plan.resources).length === 0 ? {} : { plan };
  const report = showReport({ catalog: workspace.catalog, nowMs: ports.clock.nowMs(), ...known }, snapshot);
  if (options.json === true) printJson(io, showDocument(report));
  else printLines(io.stdout, showLines(report, styleFor(io.stdout, io, options)));
  return 0;
}

async function showContents(io: Io, options: ShowOptions, shown: Shown): Promise<number> {
  const { ports, workspace } = shown.reading;
  const opener = await openerFor(ports, workspace, options);
  if (!opener.ok) return printFailure(io, opener.failure, options);
  return withSignals(io, async (signal) => {
    const access = { workspace, opener: opener.value, signal };
    const told = await tell(io, options, { ...shown, access });
    return told.ok ? 0 : printFailure(io, told.failure, options);
  });
}

/** Lines are written as the index is read; with --json one object a line. */
async function tell(
  io: Io,
  options: ShowOptions,
  shown: Shown & { readonly access: IndexAccess },
): Promise<Result<void>> {
  const style = styleFor(io.stdout, io, options);
  const { access, snapshot, reading } = shown;
  if (options.against === undefined) {
    return showFiles(access, snapshot, (file) => {
      if (options.json === true) printJson(io, fileDocument(file));
      else printLines(io.stdout, [fileLine(file, style)]);
    });
  }
  const before = find(reading, options.against);
  if (!before.ok) return before;
  return compareFiles(access, { before: before.value, after: snapshot }, (file) => {
    if (options.json === true) printJson(io, changeDocument(file));
    else printLines(io.stdout, [changeLine(file, style)]);
  });
}
