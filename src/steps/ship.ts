import { FAILURE_KINDS, failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { StepAction } from '../domain/run-graph.ts';
import { formatBytes } from '../domain/size.ts';
import type { Target, TransferOptions } from '../domain/target.ts';
import { paceBy } from '../transfer/bandwidth.ts';
import type { StepContext, StepHandler, StepSummary } from '../executor/step-handler.ts';
import {
  isUnchanged,
  totalBytes,
  unchangedText,
  type CapturedSnapshot,
  type CapturedSnapshots,
  type StagedObject,
} from './captured-snapshot.ts';
import { longUpload } from './long-upload.ts';
import { payloadOn } from './payload.ts';
import type { RunContext } from './ports.ts';

/** Publishes the staged objects on one target, artifacts before the index, and checks each there. */
export function shipStep(run: RunContext, captured: CapturedSnapshots): StepHandler {
  return async (step) => {
    const action = step.step.action as Extract<StepAction, { kind: 'ship' }>;
    const snapshot = captured.get(action.task.snapshotId);
    const target = run.repositories.get(action.target)?.target;
    if (target === undefined) {
      return failed(
        run.refused.get(action.target) ??
          failure('TARGET_UNREACHABLE', `target ${action.target} is not open`),
      );
    }
    if (snapshot === undefined) return failed(failure('UPSTREAM_FAILED', 'nothing was captured'));
    if (isUnchanged(snapshot)) return ok({ summary: unchangedText(snapshot), warnings: [] });
    const long = longUpload(run, { snapshotId: action.task.snapshotId, target: action.target });
    try {
      const pace = paceBy(run.bandwidths.get(action.task.resource), step.signal);
      const payload = payloadOn(run.plan, action.task.resource, action.target);
      return await publishAll(target, snapshot, { step, pace, payload });
    } finally {
      await long.end();
    }
  };
}

async function publishAll(
  target: Target,
  { objects, index }: CapturedSnapshot,
  { step, pace, payload }: Artifacts,
): Promise<Result<StepSummary>> {
  const total = totalBytes(objects);
  let done = 0;
  for (const object of objects) {
    const shipped = await publish(target, object, {
      step,
      pace,
      // Indexes are read often and stay in the standard class.
      payload: object.key === index.key ? {} : { payload },
      onProgress: (bytes) => {
        step.progress(done + bytes, total);
      },
    });
    if (!shipped.ok) return shipped;
    done += object.bytes;
  }
  return ok({ summary: `${formatBytes(total)} to ${target.name}`, warnings: [] });
}

interface Artifacts extends Omit<Shipping, 'onProgress' | 'payload'> {
  readonly payload: NonNullable<TransferOptions['payload']>;
}

interface Shipping {
  readonly step: StepContext;
  readonly pace: Pick<TransferOptions, 'pace'>;
  readonly payload: Pick<TransferOptions, 'payload'>;
  readonly onProgress: (bytes: number) => void;
}

async function publish(
  target: Target,
  object: StagedObject,
  { step, pace, payload, onProgress }: Shipping,
): Promise<Result<void>> {
  const { key, held, bytes, sha256 } = object;
  const uploaded =
    'path' in held
      ? await target.upload(
          key,
          { path: held.path, bytes, sha256 },
          { signal: step.signal, onProgress, ...pace, ...payload },
        )
      : await held.upload.finish({ bytes, sha256 });
  // An upload can be finished once: where its reply was lost, what lies there is the answer.
  if (!uploaded.ok && ('path' in held || !FAILURE_KINDS[uploaded.failure.code].retryable)) return uploaded;
  const facts = await target.stat(key);
  if (!facts.ok) return facts;
  if (facts.value?.size === bytes) return ok();
  if (!uploaded.ok) return uploaded;
  const found = facts.value === undefined ? 'nothing' : formatBytes(facts.value.size);
  const code = uploaded.value === 'exists' ? 'TARGET_CONFLICT' : 'TARGET_IO';
  return failed(
    failure(code, `${key} on ${target.name} has ${found} where ${formatBytes(bytes)} were written`),
  );
}
