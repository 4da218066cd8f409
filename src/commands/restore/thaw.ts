import { formatDuration } from '../../domain/duration.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { formatBytes } from '../../domain/size.ts';
import type { Copy } from '../../domain/snapshot.ts';
import type { Target } from '../../domain/target.ts';
import { pause } from '../../transfer/pause.ts';
import { CopyChoice } from './copies.ts';
import type { RestoreRequest, RestoreTools, Selection, ThawOrder } from './request.ts';

/** Long enough for a restore that begins late, or is repeated. */
const READABLE_DAYS = 7;
/** Thawing takes minutes at best. */
const LOOK_EVERY_MS = 60_000;

/**
 * Asks for every archived object of the chosen chains at once. What cannot be read yet is ARCHIVED,
 * with how long it may take; with `wait` it comes back when all can be read.
 */
export async function thaw(
  tools: RestoreTools,
  { selections, request }: { readonly selections: readonly Selection[]; readonly request: RestoreRequest },
): Promise<Result<void>> {
  if (request.thaw === undefined) return ok();
  const archived = archivedCopies(tools, selections, request.from);
  if (!archived.ok) return archived;
  for (let hasTold = false; ; hasTold = true) {
    const asked = await askFor(tools, archived.value, request.thaw);
    if (!asked.ok) return asked;
    const waiting = asked.value;
    if (waiting === undefined) return ok();
    if (!request.thaw.wait) return failed(stillThawing(waiting));
    if (!hasTold) request.note(`${describe(waiting)}; waiting`);
    await pause(tools.ports.timers, LOOK_EVERY_MS, request.signal);
    if (request.signal.aborted) return failed(failure('INTERRUPTED', 'interrupted while it was thawed'));
  }
}

/** Of each member of the chains the copy that a restore would read, where that is archived. */
function archivedCopies(
  { workspace }: RestoreTools,
  selections: readonly Selection[],
  preferred: string | undefined,
): Result<readonly Copy[]> {
  const copies = new Map<string, Copy>();
  for (const { chain } of selections) {
    const chosen = new CopyChoice(workspace).choose(chain, preferred);
    if (!chosen.ok) return chosen;
    for (const copy of chosen.value) if (copy.state === 'archived') copies.set(copy.record.snapshotId, copy);
  }
  return ok([...copies.values()]);
}

interface Waiting {
  readonly targets: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  /** The longest of what the stores guess. */
  readonly etaMs?: number;
}

/** Undefined where everything can be read. */
async function askFor(
  { workspace }: RestoreTools,
  copies: readonly Copy[],
  { tier }: ThawOrder,
): Promise<Result<Waiting | undefined>> {
  const waiting: { readonly target: string; readonly bytes: number; readonly etaMs?: number }[] = [];
  for (const { target: name, record } of copies) {
    const target = workspace.repositories.get(name)?.target;
    if (target?.thaw === undefined) return failed(failure('ARCHIVED', `target ${name} thaws nothing`));
    for (const { key, bytes } of [...record.artifacts, record.index]) {
      const state = await askForOne(target, key, { tier, days: READABLE_DAYS });
      if (!state.ok) return state;
      const { etaMs } = state.value;
      if (state.value.state === 'thawing')
        waiting.push({ target: name, bytes, ...(etaMs === undefined ? {} : { etaMs }) });
    }
  }
  if (waiting.length === 0) return ok(undefined);
  const etas = waiting.flatMap(({ etaMs }) => etaMs ?? []);
  return ok({
    targets: [...new Set(waiting.map(({ target }) => target))],
    objects: waiting.length,
    bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(etas.length === 0 ? {} : { etaMs: Math.max(...etas) }),
  });
}

async function askForOne(
  target: Target,
  key: string,
  request: Parameters<NonNullable<Target['thaw']>>[1],
): ReturnType<NonNullable<Target['thaw']>> {
  return (await target.thaw?.(key, request)) ?? failed(failure('ARCHIVED', `${key} cannot be thawed`));
}

function stillThawing(waiting: Waiting): Failure {
  const { targets, objects, bytes, etaMs } = waiting;
  return failure('ARCHIVED', describe(waiting), {
    hint: 'Run the same command again then, or pass --wait.',
    facts: { targets, objects, bytes, ...(etaMs === undefined ? {} : { etaMs }) },
  });
}

function describe({ targets, objects, bytes, etaMs }: Waiting): string {
  const what = objects === 1 ? '1 object' : `${String(objects)} objects`;
  const when = etaMs === undefined ? '' : `, which may take ${formatDuration(etaMs)}`;
  return `${what} (${formatBytes(bytes)}) on ${targets.join(', ')} are being thawed${when}`;
}
