import { previewRestore } from '../../commands/restore/preview.ts';
import type { Wanted } from '../../commands/restore/choose.ts';
import type { RestoreRequest } from '../../commands/restore/request.ts';
import { restore, type RestoreOrder, type Where } from '../../commands/restore/restore.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { previewDocument, reportDocument } from '../../views/restore/json.ts';
import { previewLines, reportLines } from '../../views/restore/human.ts';
import { createProgressView } from '../../views/restore/progress.ts';
import type { Action, Io } from '../action.ts';
import { parseTime } from '../common-options.ts';
import { canAsk, confirm } from '../confirm.ts';
import type { RestoreOptions } from '../definitions/restore.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, openerFor, type Reading } from '../reading.ts';
import { exitCodeOfRestore } from '../restore-exit.ts';
import { terminalFacts } from '../terminal.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<RestoreOptions> = ([argument], options, io) => {
  const where = whereOf(io, options);
  if (!where.ok) return Promise.resolve(printFailure(io, where.failure, options));
  const wanted = wantedOf(argument, options);
  if (!wanted.ok) return Promise.resolve(printFailure(io, wanted.failure, options));
  const names = wanted.value.kind === 'one' ? [wanted.value.reference] : [];
  return eachReading(
    io,
    options,
    async (reading) => {
      const own = ownOf(reading, wanted.value);
      if (own === undefined) return 0;
      return withSignals(io, (signal) =>
        restoreOne(io, options, { reading, wanted: own, where: where.value, signal }),
      );
    },
    names,
  );
};

function whereOf(io: Io, options: RestoreOptions): Result<Where> {
  if (options.diff === true && options.dryRun !== true) return usage('--diff needs --dry-run');
  if (options.wait === true && options.thaw === undefined) return usage('--wait needs --thaw');
  if (options.to !== undefined) {
    const stray = options.force === true || !options.backupExisting || options.allowVersionMismatch === true;
    if (stray) return usage('--force, --no-backup-existing and --allow-version-mismatch need --in-place');
    return ok({ kind: 'folder', to: options.to });
  }
  if (options.inPlace !== true) return usage('either --to FOLDER or --in-place is needed');
  const { force = false, backupExisting, allowVersionMismatch = false } = options;
  const asking = canAsk(io, options) ? { confirm: (question: string) => confirm(io, question) } : {};
  return ok({ kind: 'in-place', options: { force, backupExisting, allowVersionMismatch, ...asking } });
}

function usage(message: string): Result<never> {
  return failed(failure('USAGE', message));
}

function wantedOf(argument: string | undefined, { all, group, only }: RestoreOptions): Result<Wanted> {
  if (all !== true && group === undefined)
    return argument === undefined
      ? usage('name a resource, or pass --all or --group')
      : ok({ kind: 'one', reference: argument });
  if (only !== undefined) return usage('--only needs one resource');
  if (argument !== undefined && !argument.startsWith('@'))
    return usage('with --all and --group only a time can be named, such as @2026-11-20T12:00Z');
  const atMs = argument === undefined ? undefined : timeIn(argument.slice(1));
  if (Number.isNaN(atMs)) return usage(`"${String(argument)}" is no time such as @2026-11-20T12:00Z`);
  const time = atMs === undefined ? {} : { atMs };
  return ok(group === undefined ? { kind: 'all', ...time } : { kind: 'group', group, ...time });
}

function timeIn(text: string): number {
  try {
    return parseTime(text);
  } catch {
    return Number.NaN;
  }
}

/** What is asked of this plan; with several plans a group is one of the plan that has it. */
function ownOf(reading: Reading, wanted: Wanted): Wanted | undefined {
  if (wanted.kind === 'group' && reading.several && reading.plan.groups[wanted.group] === undefined)
    return undefined;
  if (wanted.kind !== 'one') return wanted;
  const [reference] = namesOf(reading, [wanted.reference]) ?? [];
  return reference === undefined ? undefined : { kind: 'one', reference };
}

interface One {
  readonly reading: Reading;
  readonly wanted: Wanted;
  readonly where: Where;
  readonly signal: AbortSignal;
}

async function restoreOne(io: Io, options: RestoreOptions, one: One): Promise<number> {
  const { ports, workspace } = one.reading;
  const opener = await openerFor(ports, workspace, options);
  if (!opener.ok) return printFailure(io, opener.failure, options);
  const tools = { ports, workspace, opener: opener.value };
  const progress = createProgressView({
    stderr: io.stderr,
    ...terminalFacts(io.stderr, io.env, options.color),
    timers: ports.timers,
  });
  try {
    const request = requestOf(io, options, { ...one, progress });
    const order: RestoreOrder = { wanted: one.wanted, where: one.where, request };
    if (options.dryRun === true) return await preview(io, options, { tools, order });
    const report = await restore(tools, order);
    progress.close();
    if (!report.ok) return printFailure(io, report.failure, options);
    if (options.json === true) printJson(io, reportDocument(report.value));
    else printLines(io.stdout, reportLines(report.value, styleFor(io.stdout, io, options)));
    return exitCodeOfRestore(io, report.value, options);
  } finally {
    progress.close();
  }
}

function requestOf(
  io: Io,
  options: RestoreOptions,
  { signal, progress }: Pick<One, 'signal'> & { readonly progress: ReturnType<typeof createProgressView> },
): RestoreRequest {
  const told = new Set<string>();
  return {
    only: (options.only ?? []).map((path) => path.replace(/^\/+/, '')),
    map: options.map ?? [],
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    numericOwner: options.numericOwner === true,
    ...(options.thaw === undefined ? {} : { thaw: { tier: options.thaw, wait: options.wait === true } }),
    signal,
    note: (message) => {
      if (told.has(message)) return;
      told.add(message);
      progress.clear();
      printLines(io.stderr, [`note: ${message}`]);
    },
    onProgress: progress.onProgress,
  };
}

async function preview(
  io: Io,
  options: RestoreOptions,
  { tools, order }: { readonly tools: Parameters<typeof previewRestore>[0]; readonly order: RestoreOrder },
): Promise<number> {
  const previews = await previewRestore(tools, { ...order, diff: options.diff === true });
  if (!previews.ok) return printFailure(io, previews.failure, options);
  const style = styleFor(io.stdout, io, options);
  for (const one of previews.value) {
    if (options.json === true) printJson(io, previewDocument(one));
    else printLines(io.stdout, previewLines(one, style));
  }
  return 0;
}
