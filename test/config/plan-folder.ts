import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadPlan, type LoadedPlan, type LoadOptions } from '../../src/config/load-plan.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { withFolder } from './golden-case.ts';
import { policyFindings } from '../../src/planner/policies-static.ts';
import { registries } from './registries.ts';

/** A valid plan without its resources. */
export const HEAD = `version: 1
name: demo
encryption:
  ops: { recipients: [keys/ops.asc, keys/escrow.asc] }
signing:
  keys: { ci: { key: keys/ci.asc, may: [write, apply, prune] } }
  use: { env: SIGNING_KEY }
targets:
  local: { type: filesystem, path: /backups }
schedules:
  nightly: { cron: "0 2 * * *", jitter: 5m }
retention:
  standard: { keep: { daily: 7 } }
defaults: { schedule: nightly, retention: standard, encryption: ops, targets: [local] }
`;

export const PLAN = `${HEAD}resources:
  app: { type: sqlite, path: app.db }
`;

type Rest = Partial<Omit<LoadOptions, 'file' | 'registries'>> & {
  readonly files?: Readonly<Record<string, string>>;
};

/** Loads a plan from a folder of its own that also has the keys of `HEAD`. */
export function load(plan: string | Buffer, rest: Rest = {}): Promise<LoadedPlan> {
  const { files, ...options } = rest;
  return withFolder((folder) => {
    const keys = ['ops', 'escrow', 'ci'].map((name): [string, string] => [`keys/${name}.asc`, 'PUBLIC KEY']);
    const all: [string, string | Buffer][] = [
      ...keys,
      ['backup-plan.yaml', plan],
      ...Object.entries(files ?? {}),
    ];
    for (const [name, content] of all) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return loadPlan({
      file: join(folder, 'backup-plan.yaml'),
      env: {},
      registries,
      judge: policyFindings,
      ...options,
    });
  });
}

export async function loadValid(plan: string, rest: Rest = {}): Promise<Plan> {
  const { plan: loaded, diagnostics } = await load(plan, rest);
  if (loaded === undefined) throw new Error(JSON.stringify(diagnostics));
  return loaded;
}

export function codesOf({ diagnostics }: LoadedPlan): readonly string[] {
  return diagnostics.map(({ code }) => code);
}
