import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { CommandOutcome } from '../domain/command.ts';
import type { PipelineOutcome, StageOutcome } from '../domain/pipeline.ts';
import { provesDecryption } from './gpg-stage.ts';
import { reportedBytes } from './zstd-stage.ts';

/** Why an opened bundle must not be used; undefined where every proof is there. */
export function judgeOpening(
  { stages, sink, sinkBytes }: PipelineOutcome,
  rawBytes: number,
): Failure | undefined {
  const delivered = sinkBytes ?? reported(stages);
  const broken = stages.findLast((stage) => !isProven(stage));
  if (broken === undefined && delivered === rawBytes) return undefined;
  if (sink !== undefined && sink.exitCode !== 0) return consumerFailure(sink);
  if (broken === undefined) {
    return failure('CORRUPT', `the bundle holds ${String(delivered)} bytes instead of ${String(rawBytes)}`);
  }
  if (/no space left|quota exceeded/i.test(broken.stderr)) {
    return failure('TARGET_FULL', 'no space left for the output', { toolOutput: broken.stderr });
  }
  const how =
    broken.signal === undefined ? `ended with ${String(broken.exitCode)}` : `was killed by ${broken.signal}`;
  const message =
    broken.name === 'zstd'
      ? `the bundle does not decompress (zstd ${how})`
      : `${broken.name} did not prove that the bundle decrypts (it ${how})`;
  return failure('CORRUPT', message, broken.stderr === '' ? {} : { toolOutput: broken.stderr });
}

function reported(stages: readonly StageOutcome[]): number | undefined {
  const last = stages.at(-1);
  return last?.name === 'zstd' ? reportedBytes(last) : undefined;
}

function isProven(stage: StageOutcome): boolean {
  return stage.name === 'gpg' ? provesDecryption(stage) : stage.exitCode === 0;
}

/** The stages before it only lost their reader. */
function consumerFailure({ exitCode, signal, stderr }: CommandOutcome): Failure {
  const how = signal === undefined ? `ended with ${String(exitCode)}` : `was killed by ${signal}`;
  return failure('RESTORE_FAILED', `the tool that takes the data ${how} before it had all`, {
    toolOutput: stderr,
  });
}
