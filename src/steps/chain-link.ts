import type { Repository } from '../catalog/repository.ts';
import type { Opener } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { PipelineOutcome, PipelineSink } from '../domain/pipeline.ts';
import type { ArtifactRecord, IndexRecord, SnapshotRecord } from '../domain/record.ts';
import type { ChainLink } from '../domain/resource-type.ts';
import { failed, type Result } from '../domain/result.ts';
import { openIndexLines } from './index-lines.ts';
import { INDEX_NAME, readLaterKeys } from './later-keys.ts';

export interface BundleAccess {
  readonly record: SnapshotRecord;
  readonly repository: Repository;
  readonly opener: Opener;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs?: number;
  /** Told in passing what is damaged and not needed. */
  readonly note?: (message: string) => void;
}

/** One copy of one snapshot, opened on demand. */
export function chainLink(access: BundleAccess): ChainLink {
  return {
    record: access.record,
    index: () => openIndexLines((sink) => openIndex(access, sink)),
    deliver: (artifact, sink) => deliver(access, artifact, sink),
  };
}

function openIndex(access: BundleAccess, sink: PipelineSink): Promise<Result<PipelineOutcome>> {
  const { index } = access.record;
  return openObject(access, { ...index, name: INDEX_NAME, raw: { bytes: index.rawBytes } }, sink);
}

async function deliver(
  access: BundleAccess,
  name: string,
  sink: PipelineSink,
): Promise<Result<PipelineOutcome>> {
  const artifact = access.record.artifacts.find((candidate) => candidate.name === name);
  if (artifact !== undefined) return openObject(access, artifact, sink);
  return failed(failure('NOT_FOUND', `snapshot ${access.record.snapshotId} has no artifact "${name}"`));
}

type Sealed = Pick<ArtifactRecord, 'name' | 'key' | 'bytes' | 'sha256' | 'prefixes' | 'compression' | 'raw'> &
  Partial<IndexRecord>;

/** Streams one encrypted object of a bundle, checked against its record, into a sink. */
async function openObject(
  access: BundleAccess,
  object: Sealed,
  sink: PipelineSink,
): Promise<Result<PipelineOutcome>> {
  const ciphertext = await access.repository.target.read(object.key, { signal: access.signal });
  if (!ciphertext.ok) return ciphertext;
  return access.opener.open({
    ciphertext: ciphertext.value,
    expected: {
      bytes: object.bytes,
      sha256: object.sha256,
      prefixes: object.prefixes,
      compression: object.compression,
      rawBytes: object.raw.bytes,
    },
    sink,
    signal: access.signal,
    laterKeys: () => readLaterKeys({ ...access, artifact: object.name }),
    ...(access.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: access.idleTimeoutMs }),
  });
}
