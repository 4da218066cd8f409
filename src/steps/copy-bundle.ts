import { failure, type Failure } from '../domain/failure.ts';
import type { ArtifactRecord, IndexRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { formatBytes } from '../domain/size.ts';
import type { Target, TransferOptions } from '../domain/target.ts';
import type { StepContext } from '../executor/step-handler.ts';
import { copyLaterKeys, type LaterKeysCopy } from './copy-later-keys.ts';
import { copyObject } from './copy-object.ts';
import { payloadOn } from './payload.ts';
import type { RunContext } from './ports.ts';

export interface BundleCopy extends LaterKeysCopy {
  readonly step: StepContext;
}

export interface CopiedBundle {
  /** Copied now; what an earlier run brought there is left out. */
  readonly bytes: number;
  /** Names of the sources that were read. */
  readonly from: readonly string[];
}

/** Artifacts, then the index, then keys that were added later. What is there in its full size stays. */
export async function copyBundle(run: RunContext, bundle: BundleCopy): Promise<Result<CopiedBundle>> {
  const { record, target, step } = bundle;
  const objects = [...record.artifacts, record.index];
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const from = new Set<string>();
  let done = 0;
  let copied = 0;
  for (const object of objects) {
    const there = await isThere(target, object);
    if (!there.ok) return there;
    if (!there.value) {
      const source = await copyFromAny(run, bundle, {
        object,
        ...payloadOf(run, bundle, object),
        onProgress: (bytes) => {
          step.progress(done + bytes, total);
        },
      });
      if (!source.ok) return source;
      from.add(source.value);
      copied += object.bytes;
    }
    done += object.bytes;
  }
  const keys = await copyLaterKeys(bundle);
  return keys.ok ? ok({ bytes: copied, from: [...from] }) : keys;
}

type CopiedObject = ArtifactRecord | IndexRecord;

interface Part extends Pick<TransferOptions, 'payload' | 'onProgress'> {
  readonly object: CopiedObject;
}

/** Indexes are read often and stay in the standard class. */
function payloadOf(
  { plan }: RunContext,
  { record, target }: BundleCopy,
  object: CopiedObject,
): Pick<Part, 'payload'> {
  return object === record.index ? {} : { payload: payloadOn(plan, record.resource, target.name) };
}

async function isThere(target: Target, { key, bytes }: CopiedObject): Promise<Result<boolean>> {
  const facts = await target.stat(key);
  if (!facts.ok) return facts;
  if (facts.value === undefined) return ok(false);
  if (facts.value.size === bytes) return ok(true);
  const found = formatBytes(facts.value.size);
  return failed(
    failure('TARGET_CONFLICT', `${key} on ${target.name} has ${found} instead of ${formatBytes(bytes)}`),
  );
}

/** The name of the source that yielded it. A damaged or unreachable one makes room for the next. */
async function copyFromAny(
  run: RunContext,
  { target, sources, step }: BundleCopy,
  { object, ...transfer }: Part,
): Promise<Result<string>> {
  let last: Failure | undefined;
  for (const source of sources.usable()) {
    await sources.reading(source);
    const { key, bytes, sha256 } = object;
    const copied = await copyObject(run, {
      object: { key, bytes, sha256 },
      from: source.target,
      to: target,
      transfer: { ...transfer, signal: step.signal },
    });
    if (copied.ok) return ok(source.target.name);
    if (copied.blame === 'target') return failed(copied.failure);
    last = copied.failure;
    sources.reject(source, last);
  }
  return failed(last ?? failure('TARGET_UNREACHABLE', 'no target that holds the snapshot is open'));
}
