import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { SourceGuards } from '../../domain/plan.ts';
import type {
  ArtifactEvidence,
  ArtifactOutcome,
  ArtifactSource,
  CaptureContext,
  CaptureSession,
  CaptureSummary,
} from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { readEnvironment, resolveProgram } from './environment.ts';
import { readOptions, type CommandOptions } from './options.ts';
import { createWitness, type Witness } from './proof.ts';

export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const options = readOptions(context.options);
  const present = await checkPrograms(context, options);
  if (!present.ok) return present;
  const environment = await readEnvironment(options.env, context.secrets);
  if (!environment.ok) return environment;
  const artifacts = options.artifacts.map(({ name, argv }) => ({
    name,
    fileName: options.named ? name : (options.fileName ?? context.resource),
    command: {
      argv: resolveProgram(argv, context.planDirectory),
      cwd: context.planDirectory,
      ...environment.value,
    },
    witness: createWitness(context, name, options.proof),
  }));
  return ok(session(context, artifacts));
}

/** A missing program of the plan's own folder must be found out before anything is written. */
async function checkPrograms(context: CaptureContext, options: CommandOptions): Promise<Result<void>> {
  const all = [
    ...options.artifacts.map(({ argv }) => argv),
    ...(options.proof.check ? [options.proof.check] : []),
  ];
  for (const argv of all.filter(([program]) => program.includes('/'))) {
    const [program] = resolveProgram(argv, context.planDirectory);
    try {
      await access(program, constants.X_OK);
    } catch {
      return failed(failure('TOOL_MISSING', `${program} does not exist or is not executable`));
    }
  }
  return ok();
}

interface Artifact {
  readonly name: string;
  readonly fileName: string;
  readonly command: Command;
  readonly witness: Witness;
}

function session(context: CaptureContext, artifacts: readonly Artifact[]): CaptureSession {
  const startedMs = context.clock.nowMs();
  let totalBytes = 0;
  const settle = async (artifact: Artifact, outcome: ArtifactOutcome) => {
    const evidence = await judge(artifact, outcome, context.guards);
    if (evidence.ok) totalBytes += evidence.value.rawBytes;
    return evidence;
  };
  return {
    artifacts: artifacts.map((artifact) => artifactSource(artifact, settle)),
    facts: {
      fileNames: Object.fromEntries(artifacts.map(({ name, fileName }) => [name, fileName])),
      commands: Object.fromEntries(artifacts.map(({ name, command }) => [name, command.argv])),
    },
    async *entries() {
      for (const { fileName } of artifacts) yield { path: fileName, type: 'object', stored: true };
    },
    finish: () => Promise.resolve(summarize(context, startedMs, totalBytes)),
    close() {
      for (const { witness } of artifacts) witness.close();
      return Promise.resolve();
    },
  };
}

type Settle = (artifact: Artifact, outcome: ArtifactOutcome) => Promise<Result<ArtifactEvidence>>;

function artifactSource(artifact: Artifact, settle: Settle): ArtifactSource {
  const { name, command, witness } = artifact;
  return {
    name,
    extension: 'bin',
    mediaType: 'application/octet-stream',
    source: { kind: 'command', command, tap: witness.tap },
    settle: (outcome) => settle(artifact, outcome),
  };
}

async function judge(
  artifact: Artifact,
  outcome: ArtifactOutcome,
  guards: SourceGuards,
): Promise<Result<ArtifactEvidence>> {
  const { command, rawBytes = 0, tail = Buffer.alloc(0) } = outcome;
  const tool = basename(artifact.command.argv[0]);
  if (command?.exitCode !== 0) return failed(toolFailure(tool, artifact.name, command));
  const evidence = { rawBytes, tool, exitCode: 0, warnings: [], skipped: [] };
  if (rawBytes === 0) {
    if (guards.allowEmpty) return ok({ ...evidence, completion: 'empty, as source.allowEmpty allows' });
    return failed(failure('SOURCE_EMPTY', `${tool} wrote nothing for artifact ${artifact.name}`));
  }
  const proved = await artifact.witness.judge({ rawBytes, tail });
  return proved.ok ? ok({ ...evidence, completion: proved.value.join(', ') }) : proved;
}

function toolFailure(tool: string, artifact: string, command: ArtifactOutcome['command']) {
  const { signal, exitCode, stderr = '' } = command ?? {};
  const end = signal === undefined ? `exited ${String(exitCode)}` : `was killed by ${signal}`;
  const rest = stderr === '' ? {} : { toolOutput: stderr };
  return failure('SOURCE_FAILED', `${tool} ${end} while it wrote artifact ${artifact}`, rest);
}

function summarize(
  { guards, previous }: CaptureContext,
  startedMs: number,
  bytes: number,
): Result<CaptureSummary> {
  const sizes = `all artifacts have ${String(bytes)} bytes`;
  const before = previous?.rawBytes ?? 0;
  const { minSizeBytes = 0 } = guards;
  if (!guards.allowEmpty && bytes < minSizeBytes) {
    return failed(failure('SOURCE_EMPTY', `${sizes}, source.minSize is ${String(minSizeBytes)}`));
  }
  if (!guards.allowEmpty && bytes < before * (1 - guards.maxDrop)) {
    return failed(failure('SOURCE_EMPTY', `${sizes}, the previous snapshot had ${String(before)}`));
  }
  return ok({ consistentAtMs: startedMs, warnings: [], log: [] });
}
