import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPlan, type LoadedPlan } from '../config/load-plan.ts';
import { failure } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Plan } from '../domain/plan.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { notificationTypes } from '../notifications/index.ts';
import { resourceTypes } from '../resources/index.ts';
import { policyFindings } from '../planner/policies-static.ts';
import { targetTypes } from '../targets/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const registries = { resources: resourceTypes, targets: targetTypes, notifications: notificationTypes };

export interface LoadFileOptions {
  readonly file: string;
  readonly env: Environment;
  /** Unset variables are unknown for checks, errors for runs. */
  readonly unset: 'note' | 'error';
  /** From when on schedules and keys are judged. */
  readonly nowMs: number;
  /** `ignore`: whoever reads or restores must not be kept from it by what the plan promises. */
  readonly policies?: 'judge' | 'ignore';
}

export function loadPlanFile({ policies = 'judge', ...options }: LoadFileOptions): Promise<LoadedPlan> {
  const judge = policies === 'judge' ? { judge: policyFindings } : {};
  return loadPlan({ ...options, registries, ...judge });
}

/** The plan that the log keeps, checked like any other. */
export async function planFromDocument(
  document: JsonObject,
  beside: Plan,
  env: Environment,
): Promise<Result<Plan>> {
  const content = JSON.stringify(document);
  const loaded = await loadPlan({ file: beside.file, content, env, registries });
  if (loaded.plan !== undefined) return ok(loaded.plan);
  const [first] = loaded.diagnostics.filter((one) => one.severity === 'error');
  return failed(
    failure(
      'LOG_UNREADABLE',
      `the applied plan is not valid any more: ${first?.message ?? 'unknown reason'}`,
    ),
  );
}

/** Plan files that the names mean: files as they are, folders by their *.yaml, nothing for the default places. */
export async function findPlanFiles(
  names: readonly string[],
  cwd: string,
): Promise<Result<readonly string[]>> {
  if (names.length === 0) return defaultPlanFiles(cwd);
  const files: string[] = [];
  for (const name of names) {
    const facts = await stat(join(cwd, name)).catch(() => stat(name).catch(() => undefined));
    if (facts?.isDirectory() !== true) {
      files.push(name);
      continue;
    }
    const inside = await yamlFiles(name);
    if (inside.length === 0) return failed(failure('USAGE', `${name} holds no plan (*.yaml)`));
    files.push(...inside);
  }
  return ok(files);
}

async function defaultPlanFiles(cwd: string): Promise<Result<readonly string[]>> {
  const single = 'backup-plan.yaml';
  if ((await stat(join(cwd, single)).catch(() => undefined)) !== undefined) return ok([single]);
  const several = await yamlFiles('plans', cwd);
  if (several.length > 0) return ok(several);
  return failed(
    failure('USAGE', 'there is no plan: neither ./backup-plan.yaml nor ./plans/*.yaml exists', {
      hint: 'Run `backup-plan init`, or name a file with --plan.',
    }),
  );
}

async function yamlFiles(folder: string, cwd = '.'): Promise<readonly string[]> {
  const names = await readdir(join(cwd, folder)).catch(() => []);
  const own = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return own.map((name) => (folder === '.' ? name : join(folder, name)));
}
