import type { SealRequest, Sealer } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { PipelineOutcome, PipelineStage, Pipelines, StageOutcome } from '../domain/pipeline.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { createHeadCheck } from './check-head.ts';
import type { HeadCheck } from './check-head.ts';
import type { Engine } from './engine.ts';
import { withGpgHome, writeRecipients } from './gpg-home.ts';
import { gpgEncryptStage, provesEncryption } from './gpg-stage.ts';
import { encryptStream } from './openpgp-stream.ts';
import { createDigester } from './prefix-digests.ts';
import type { Digester } from './prefix-digests.ts';
import type { Recipient } from './recipients.ts';
import { openStage } from './stage-writer.ts';
import type { StageWriter } from './stage-writer.ts';
import { compressStage } from './zstd-stage.ts';

export interface SealerSettings {
  readonly engine: Engine;
  readonly recipients: readonly Recipient[];
  readonly pipelines: Pipelines;
  readonly scratchDirectory: string;
}

export function createSealer(settings: SealerSettings): Sealer {
  return {
    async seal(request) {
      const stage = await openStage(request.output);
      if (!stage.ok) return stage;
      const digester = createDigester();
      const sealed = await encryptInto(settings, request, { file: stage.value, digester });
      if (!sealed.ok) {
        await stage.value.discard();
        return sealed;
      }
      const finished = await stage.value.finish();
      if (!finished.ok) {
        await stage.value.discard();
        return finished;
      }
      return ok({ ...digester.finish(), source: sealed.value });
    },
  };
}

interface Output {
  readonly file: StageWriter;
  readonly digester: Digester;
}

async function encryptInto(
  settings: SealerSettings,
  request: SealRequest,
  output: Output,
): Promise<Result<PipelineOutcome>> {
  const { engine, recipients, scratchDirectory } = settings;
  if (engine === 'openpgp') return runStages(settings, request, { output, stages: [] });
  return withGpgHome(scratchDirectory, async (home) => {
    const files = await writeRecipients(home, recipients);
    return runStages(settings, request, { output, stages: [gpgEncryptStage(home, files)] });
  });
}

async function runStages(
  { engine, recipients, pipelines }: SealerSettings,
  request: SealRequest,
  { output, stages }: { readonly output: Output; readonly stages: readonly PipelineStage[] },
): Promise<Result<PipelineOutcome>> {
  const { source, compression, signal, idleTimeoutMs, timeoutMs, maxSourceBytes, onProgress } = request;
  const compress = compression.type === 'zstd' ? [compressStage(compression.level)] : [];
  const keys = recipients.map(({ key }) => key);
  const head = createHeadCheck(recipients);
  const ended = await pipelines.run({
    source,
    stages: [...compress, ...stages].map((stage) => withNice(stage, request.nice)),
    sink: {
      kind: 'bytes',
      consume: (bytes) =>
        take(engine === 'openpgp' ? encryptStream(bytes, keys) : bytes, {
          ...output,
          head,
          onProgress,
        }),
    },
    signal,
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxSourceBytes === undefined ? {} : { maxSourceBytes }),
  });
  if (!ended.ok) return ended;
  const culprit = brokenStage(ended.value.stages);
  if (culprit !== undefined) return failed(culprit);
  const begun = head.finish();
  return begun.ok ? ended : begun;
}

function withNice(stage: PipelineStage, nice: number | undefined): PipelineStage {
  return nice === undefined ? stage : { ...stage, command: { ...stage.command, nice } };
}

interface Taking extends Output {
  readonly head: HeadCheck;
  readonly onProgress: ((bytes: number) => void) | undefined;
}

async function take(
  ciphertext: AsyncIterable<Buffer>,
  { file, digester, head, onProgress }: Taking,
): Promise<Result<void>> {
  let bytes = 0;
  for await (const chunk of ciphertext) {
    const checked = head.add(chunk);
    if (!checked.ok) return checked;
    digester.update(chunk);
    const written = await file.write(chunk);
    if (!written.ok) return written;
    bytes += chunk.length;
    onProgress?.(bytes);
  }
  return ok();
}

/** The last stage that failed: those before it only lost their reader. */
function brokenStage(stages: readonly StageOutcome[]): Failure | undefined {
  const broken = stages.findLast(
    (stage) => stage.exitCode !== 0 || (stage.name === 'gpg' && !provesEncryption(stage)),
  );
  return broken === undefined ? undefined : stageFailure(broken);
}

export function stageFailure({ name, exitCode, signal, stderr }: StageOutcome): Failure {
  const how = signal === undefined ? `ended with ${String(exitCode)}` : `was killed by ${signal}`;
  return failure('STAGE_FAILED', `${name} ${how}`, stderr === '' ? {} : { toolOutput: stderr });
}
