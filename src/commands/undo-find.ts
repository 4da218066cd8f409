import { failure, type Failure } from '../domain/failure.ts';
import type { ReplacedPlace, UndoableRestore } from '../domain/restore-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { readJournals } from '../swap/journal.ts';
import { isTouched, type RestoreState } from '../swap/restore-state.ts';
import { restoresDirectory } from '../swap/state-directory.ts';
import type { Ports } from './ports.ts';
import { checkIdle } from './restore/take-up.ts';

/** The restore, where it left something to go back from. */
export async function findUndoable(
  ports: Ports,
  plan: string,
  restoreId: string,
): Promise<Result<RestoreState>> {
  const states = await readJournals(restoresDirectory(ports.environment));
  if (!states.ok) return states;
  const state = states.value.find((one) => one.restoreId === restoreId);
  if (state?.begin.plan !== plan) {
    const hint = 'Run `backup-plan undo` to see which restores of this machine can be undone.';
    return failed(
      failure('NOT_FOUND', `no restore ${restoreId} of plan "${plan}" on this machine`, { hint }),
    );
  }
  const refused = refusalOf(ports, state, states.value);
  return refused === undefined ? ok(state) : failed(refused);
}

function refusalOf(ports: Ports, state: RestoreState, all: readonly RestoreState[]): Failure | undefined {
  const { restoreId, discarded } = state;
  if (discarded) return failure('UNDO_REFUSED', `restore ${restoreId} left no copy of what was there before`);
  const idle = checkIdle(ports, state);
  if (!idle.ok) return idle.failure;
  const later = laterRestore(state, all);
  if (later === undefined) return undefined;
  return failure('UNDO_REFUSED', `${later.what} was replaced again by restore ${later.restoreId}`, {
    hint: `Undo that one first: \`backup-plan undo ${later.restoreId}\`.`,
  });
}

/** A later restore over the same live data: going back now would lose what it is the way back from. */
function laterRestore(
  state: RestoreState,
  all: readonly RestoreState[],
): { readonly restoreId: string; readonly what: string } | undefined {
  for (const other of all) {
    if (other.restoreId <= state.restoreId) continue;
    for (const one of [...other.resources.values()].filter(isTouched)) {
      const clash = placesOf(other, one.resource).find((place) =>
        [...state.resources.values()]
          .filter(isTouched)
          .some((own) => placesOf(state, own.resource).some((earlier) => overlap(earlier, place))),
      );
      if (clash !== undefined) return { restoreId: other.restoreId, what: clash };
    }
  }
  return undefined;
}

/** Live paths; the resource itself where a tool loaded it. */
function placesOf(state: RestoreState, resource: string): readonly string[] {
  const { swap } = state.resources.get(resource) ?? {};
  return swap?.places.map(({ live }) => live) ?? [`${state.begin.plan}/${resource}`];
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Every restore over live resources that this machine knows of, oldest first. */
export async function listUndoable(ports: Ports, plan?: string): Promise<Result<readonly UndoableRestore[]>> {
  const states = await readJournals(restoresDirectory(ports.environment));
  if (!states.ok) return states;
  const own = states.value.filter(({ begin }) => plan === undefined || begin.plan === plan);
  return ok(own.map((state) => describe(ports, state)));
}

function describe(ports: Ports, state: RestoreState): UndoableRestore {
  const resources = [...state.resources.values()];
  const places = resources.flatMap(({ swap }): readonly ReplacedPlace[] =>
    (swap?.places ?? [])
      .filter(({ staged, hadLive }) => staged !== undefined || hadLive)
      .map(({ live, safety, hadLive }) => ({
        path: live,
        ...(hadLive && !state.discarded ? { safety } : {}),
      })),
  );
  return {
    restoreId: state.restoreId,
    plan: state.begin.plan,
    at: state.begin.at,
    resources: state.begin.items.map(({ resource }) => resource),
    state: conditionOf(ports, state),
    places,
  };
}

function conditionOf(ports: Ports, state: RestoreState): UndoableRestore['state'] {
  const { ended, discarded, resources } = state;
  if (discarded) return 'discarded';
  if (!checkIdle(ports, state).ok) return 'running';
  if (!ended) return 'interrupted';
  const all = [...resources.values()];
  if (all.some(({ undo }) => undo === 'begun')) return 'interrupted';
  return all.some(isTouched) ? 'finished' : 'undone';
}
