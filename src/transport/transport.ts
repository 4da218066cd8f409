import type { ToolRequirement, Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import type { Via } from '../domain/plan.ts';
import type { ArtifactSource, CaptureSession } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { farCommand, type FarSide } from './far-command.ts';
import { launcherOf } from './launcher.ts';

export interface Surroundings {
  readonly tools: Tools;
  /** Of this process: the way to a place has settings there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of the plan start. */
  readonly planDirectory: string;
  readonly signal: AbortSignal;
  /** Of the tools that write artifacts there. */
  readonly nice?: number;
}

/** Runs every tool of a resource where the resource lives. */
export interface Transport {
  readonly tools: Tools;
  /** The same session, its artifacts written by commands that run there. */
  session(session: CaptureSession): CaptureSession;
}

/** Without a `via` everything runs here. */
export async function openTransport(
  via: Via | undefined,
  surroundings: Surroundings,
): Promise<Result<Transport>> {
  const { tools, environment, planDirectory, nice } = surroundings;
  if (via === undefined) return ok({ tools, session: (session) => session });
  const env = settingsIn(environment);
  const pod = await findPod(via, surroundings, env);
  if (!pod.ok) return pod;
  const side: FarSide = { launcher: launcherOf(via, pod.value), cwd: planDirectory, env };
  return ok({ tools: farTools(side, tools), session: (session) => farSession(side, session, nice) });
}

/** The local tool that reaches the place, in place of the tools that are needed there. */
export function requirementOf(via: Via): ToolRequirement {
  const { tool, package: debian } = launcherOf(via);
  return { tool, package: debian, purpose: 'run tools where the resource lives' };
}

/** Settings of docker, kubectl and ssh, which the private home of a child hides. */
const SETTINGS = [
  'HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'KUBECONFIG',
  'SSH_AUTH_SOCK',
  'XDG_RUNTIME_DIR',
];

function settingsIn(environment: Surroundings['environment']): Readonly<Record<string, string>> {
  const set = SETTINGS.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(set.filter((one): one is [string, string] => one[1] !== undefined));
}

/** Exactly one running pod: any other answer would make two runs look at two databases. */
async function findPod(
  { kubernetes }: Via,
  { tools, signal, planDirectory }: Surroundings,
  env: FarSide['env'],
): Promise<Result<string | undefined>> {
  if (kubernetes?.selector === undefined) return ok(kubernetes?.pod);
  const { namespace, selector } = kubernetes;
  const scope = namespace === undefined ? [] : [`--namespace=${namespace}`];
  const running = '--field-selector=status.phase=Running';
  const argv = ['kubectl', 'get', 'pods', ...scope, `--selector=${selector}`, running, '--output=name'];
  const run = await tools.run({ argv: ['kubectl', ...argv.slice(1)], cwd: planDirectory, env }, { signal });
  if (!run.ok) return run;
  const { exitCode, stdout, stderr } = run.value;
  if (exitCode !== 0) {
    const toolOutput = stderr === '' ? {} : { toolOutput: stderr };
    return failed(failure('VIA_FAILED', `kubectl found no pods: exit code ${String(exitCode)}`, toolOutput));
  }
  const pods = stdout.toString('utf8').split('\n').filter(Boolean);
  const [only, ...others] = pods;
  if (only !== undefined && others.length === 0) return ok(only);
  const found = only === undefined ? 'no running pod' : `${String(pods.length)} running pods`;
  const hint = only === undefined ? undefined : `Name one of ${pods.join(', ')}.`;
  return failed(
    failure('VIA_FAILED', `the selector ${selector} means ${found}`, hint === undefined ? {} : { hint }),
  );
}

function farTools(side: FarSide, tools: Tools): Tools {
  return {
    find: (tool) => tools.find(tool),
    async run(command, options) {
      const far = farCommand(side, command);
      const run = await tools.run(far.command, options);
      return run.ok ? far.judge(run.value) : run;
    },
  };
}

function farSession(side: FarSide, session: CaptureSession, nice: number | undefined): CaptureSession {
  return {
    artifacts: session.artifacts.map((artifact) => farArtifact(side, artifact, nice)),
    facts: session.facts,
    entries: () => session.entries(),
    finish: () => session.finish(),
    close: () => session.close(),
  };
}

function farArtifact(side: FarSide, artifact: ArtifactSource, nice: number | undefined): ArtifactSource {
  const { source } = artifact;
  if (source.kind !== 'command') return artifact;
  const far = farCommand(side, { ...source.command, ...(nice === undefined ? {} : { nice }) });
  return {
    ...artifact,
    source: { ...source, command: far.command },
    settle(outcome) {
      if (outcome.command === undefined) return artifact.settle(outcome);
      const command = far.judge(outcome.command);
      return command.ok ? artifact.settle({ ...outcome, command: command.value }) : Promise.resolve(command);
    },
  };
}
