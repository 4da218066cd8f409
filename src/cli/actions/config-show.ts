import { findPlanFiles, loadPlanFile } from '../../app/plan-files.ts';
import { effectivePlan, explainOrigin, type OriginExplanation } from '../../config/effective-plan.ts';
import type { LoadedPlan } from '../../config/load-plan.ts';
import { exitCodeOf, failure } from '../../domain/failure.ts';
import { humanDiagnostics } from '../../views/diagnostics/human.ts';
import type { Action, Io } from '../action.ts';
import type { ConfigShowOptions } from '../definitions/config.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';

export const run: Action<ConfigShowOptions> = async (_args, options, io) => {
  const files = await findPlanFiles(options.plan ?? [], io.cwd);
  if (!files.ok) return printFailure(io, files.failure, options);
  let worst = 0;
  for (const file of files.value) {
    const loaded = await loadPlanFile({ file, env: io.env, unset: 'note', nowMs: options.now ?? Date.now() });
    worst = Math.max(worst, show(io, options, loaded));
  }
  return worst;
};

/** A plan with errors is not shown: what was refused in it may be a secret. */
function show(io: Io, options: ConfigShowOptions, loaded: LoadedPlan): number {
  const invalid = loaded.diagnostics.some((one) => one.severity === 'error');
  if (invalid || loaded.tree === undefined) {
    io.stderr.write(humanDiagnostics(loaded.diagnostics, loaded.sources, styleFor(io.stderr, io, options)));
    return exitCodeOf('PLAN_INVALID');
  }
  if (options.explain !== undefined)
    return explain(io, options, { tree: loaded.tree, path: options.explain });
  const plan = effectivePlan({ tree: loaded.tree });
  if (options.json === true) printJson(io, { format: 'backup-plan/config@1.0', plan });
  else printLines(io.stdout, [JSON.stringify(plan, null, 2)]);
  return 0;
}

interface Asked {
  readonly tree: NonNullable<LoadedPlan['tree']>;
  readonly path: string;
}

function explain(io: Io, options: ConfigShowOptions, { tree, path }: Asked): number {
  const origin = explainOrigin({ tree }, path);
  if (origin === undefined)
    return printFailure(io, failure('NOT_FOUND', `the plan has no value at ${path}`), options);
  if (options.json === true) printJson(io, { format: 'backup-plan/config-origin@1.0', ...origin });
  else printLines(io.stdout, originLines(origin));
  return 0;
}

const ORIGINS: Readonly<Record<OriginExplanation['origin'], string>> = {
  plan: 'written in the plan',
  defaults: 'taken from defaults',
  'built-in': 'built in; the plan says nothing',
};

function originLines({
  path,
  value,
  origin,
  file,
  line,
  column,
  written,
}: OriginExplanation): readonly string[] {
  const place = file === undefined ? '' : ` at ${file}:${String(line)}:${String(column)}`;
  return [
    `${path} = ${JSON.stringify(value)}`,
    `  ${ORIGINS[origin]}${place}`,
    ...(written === undefined ? [] : [`  written as ${written}`]),
  ];
}
