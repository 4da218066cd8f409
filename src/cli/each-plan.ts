import { createPorts } from '../app/ports.ts';
import { findPlanFiles, loadPlanFile, type LoadFileOptions } from '../app/plan-files.ts';
import type { Ports } from '../commands/ports.ts';
import { exitCodeOf, failure, type Failure } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import { humanDiagnostics } from '../views/diagnostics/human.ts';
import { validateDocument } from '../views/diagnostics/json.ts';
import type { Io } from './action.ts';
import type { OutputOptions, PlanOptions } from './common-options.ts';
import { printFailure, printJson, printNote, styleFor } from './print.ts';

export interface PlanSession {
  readonly plan: Plan;
  readonly ports: Ports;
  /** True where the command works on several plans, so that names carry the plan's. */
  readonly several: boolean;
}

type SessionOptions = PlanOptions & Partial<OutputOptions> & Pick<LoadFileOptions, 'policies'>;

/**
 * Loads each plan that the options name and runs `use` with it; the highest exit code counts. With
 * several plans, `names` must each say which plan they mean: a name that none owns refuses them all.
 */
export async function eachPlan(
  io: Io,
  options: SessionOptions,
  use: (session: PlanSession) => Promise<number>,
  names: readonly string[] = [],
): Promise<number> {
  const files = await findPlanFiles(options.plan ?? [], io.cwd);
  if (!files.ok) return printFailure(io, files.failure, options);
  const ports = createPorts({
    env: io.env,
    tell: (note) => {
      printNote(io, note, options);
    },
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.now === undefined ? {} : { nowMs: options.now }),
  });
  const loaded: (Plan | number)[] = [];
  for (const file of files.value) loaded.push(await loadOrExplain(io, options, file));
  const plans = loaded.filter((plan) => typeof plan === 'object');
  const stray = plans.length < loaded.length ? undefined : strayName(plansOf(plans), names);
  if (stray !== undefined) return printFailure(io, stray, options);
  let worst = Math.max(0, ...loaded.filter((code) => typeof code === 'number'));
  for (const plan of plans) worst = Math.max(worst, await use({ plan, ports, several: loaded.length > 1 }));
  return worst;
}

function plansOf(plans: readonly Plan[]): readonly string[] {
  return plans.map(({ name }) => name);
}

/** A name that no plan would act on must not look like success. */
export function strayName(plans: readonly string[], names: readonly string[]): Failure | undefined {
  if (plans.length < 2) return undefined;
  const stray = names.find((name) => !plans.some((plan) => name.startsWith(`${plan}/`)));
  if (stray === undefined) return undefined;
  const hint = `With several plans, write plan/resource. Plans: ${plans.join(', ')}.`;
  return failure('USAGE', `"${stray}" does not say which plan it is of`, { hint });
}

/** The plan, or the exit code after its diagnostics were printed. */
async function loadOrExplain(io: Io, options: SessionOptions, file: string): Promise<Plan | number> {
  const nowMs = options.now ?? Date.now();
  const { policies = 'judge' } = options;
  const loaded = await loadPlanFile({ file, env: io.env, unset: 'error', nowMs, policies });
  if (loaded.plan !== undefined) return loaded.plan;
  if (options.json === true) printJson(io, validateDocument(loaded.diagnostics));
  const style = styleFor(io.stderr, io, options);
  io.stderr.write(humanDiagnostics(loaded.diagnostics, loaded.sources, style));
  return exitCodeOf('PLAN_INVALID');
}

/**
 * The resources that were asked for, as this plan names them: with several plans `plan/resource`.
 * Undefined where names were given and none is of this plan.
 */
export function namesOf(
  { plan, several }: PlanSession,
  names: readonly string[],
): readonly string[] | undefined {
  if (names.length === 0) return [];
  const prefix = `${plan.name}/`;
  const own = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const plain = several ? [] : names.filter((name) => !name.startsWith(prefix));
  const all = [...own, ...plain];
  return all.length === 0 ? undefined : all;
}
