import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startCli, type CliResult, type CliRun } from './cli.ts';
import { putKeys } from './keys.ts';

/** A plan in a folder of its own, with keys, a place for backups and everything a run may touch. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  readonly planFile: string;
  /** Of the target `disk`. */
  readonly backups: string;
  /** TMPDIR and scratch of every run. */
  readonly scratch: string;
  /** Private half of the `operations` recipient. */
  readonly operationsKey: string;
  path(...segments: readonly string[]): string;
  /** Writes the plan; what is given replaces the parts of the sample. */
  write(parts: PlanParts): Promise<void>;
  start(args: readonly string[], options?: RunOptions): CliRun;
  run(args: readonly string[], options?: RunOptions): Promise<CliResult>;
}

export type PlanParts = Readonly<Record<string, unknown>>;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of programs to be found first. */
  readonly tools?: string;
  readonly under?: readonly string[];
}

export async function createWorkspace(parts: PlanParts = {}): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'bp-e2e-'));
  await putKeys(folder);
  const path = (...segments: readonly string[]): string => join(folder, ...segments);
  await Promise.all(['home', 'scratch'].map((name) => mkdir(path(name), { mode: 0o700 })));
  const planFile = path('plan', 'backup-plan.yaml');
  const start: Workspace['start'] = (args, options = {}) => {
    const { tools, under, env } = options;
    const searched = [...(tools === undefined ? [] : [tools]), process.env['PATH'] ?? ''];
    return startCli(args, {
      cwd: path('plan'),
      ...(under === undefined ? {} : { under }),
      env: {
        PATH: searched.join(delimiter),
        HOME: path('home'),
        TMPDIR: path('scratch'),
        LANG: 'C.UTF-8',
        TZ: 'UTC',
        ...env,
      },
    });
  };
  const workspace: Workspace = {
    folder,
    planFile,
    backups: path('backups'),
    scratch: path('scratch'),
    operationsKey: path('private', 'operations.key'),
    path,
    write: (changed) => writeFile(planFile, JSON.stringify({ ...samplePlan(), ...changed }, null, 2)),
    start,
    run: (args, options) => start(args, options).result,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  await workspace.write(parts);
  return workspace;
}

/** JSON is YAML. */
function samplePlan(): PlanParts {
  return {
    version: 1,
    name: 'shop',
    timezone: 'UTC',
    scratch: { path: '../scratch' },
    encryption: { default: { recipients: ['keys/operations.asc', 'keys/escrow.asc'] } },
    signing: {
      keys: { writer: { key: 'keys/writer.asc', may: ['write', 'apply', 'prune'] } },
      use: { file: '../private/writer.key' },
    },
    targets: { disk: { type: 'filesystem', path: '../backups' } },
    schedules: { nightly: { cron: '0 2 * * *' } },
    retention: { standard: { keep: { last: 3 } } },
    defaults: { schedule: 'nightly', retention: 'standard', encryption: 'default', targets: ['disk'] },
    resources: { export: dumpResource() },
  };
}

/** A resource whose content is what the program `dump` prints, whole when it ends with END. */
export function dumpResource(parts: PlanParts = {}): PlanParts {
  return { type: 'command', dump: ['dump'], proof: { endsWith: 'END' }, limits: { retries: 0 }, ...parts };
}

/** Every file below a folder, sorted; none where the folder is missing. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The snapshot records of a target, as paths below it. */
export async function recordsIn(target: string): Promise<readonly string[]> {
  return (await filesBelow(target)).filter((path) => path.includes('/snapshots/'));
}
