import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { isUlid } from '../ids.ts';
import { checkpointKey, isSegment, packKey, parseKey } from '../keys.ts';
import { integer, literal, object, satisfying, sha256, text, timestamp } from '../shape.ts';

/**
 * The signed payload of `<plan>/checkpoints/<ulid>.json`. It vouches for a pack beside it, which
 * holds snapshot records as their writers signed them, so that a machine that has none of them reads
 * one object instead of thousands. An index: losing every checkpoint loses nothing.
 */
export interface CheckpointRecord {
  readonly type: 'checkpoint';
  readonly version: 1;
  readonly repoId: string;
  readonly targetId: string;
  readonly key: string;
  readonly plan: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly records: number;
  /** Digest of whose signatures were believed: under another one the records are verified again. */
  readonly trust: string;
  readonly pack: { readonly key: string; readonly bytes: number; readonly sha256: string };
  readonly writer: string;
  readonly toolVersion: string;
}

/** Larger ones are not written and not read. */
export const MAX_PACK_BYTES = 256 * 1024 * 1024;

const segment = satisfying(isSegment, 'a name of the key grammar');

const shape = object<CheckpointRecord>({
  type: literal('checkpoint'),
  version: literal(1),
  repoId: segment,
  targetId: segment,
  key: text(512),
  plan: segment,
  at: timestamp,
  records: integer(0),
  trust: text(256),
  pack: object<CheckpointRecord['pack']>({ key: text(512), bytes: integer(0, MAX_PACK_BYTES), sha256 }),
  writer: text(256),
  toolVersion: text(256),
});

export function parseCheckpointRecord(payload: unknown): Result<CheckpointRecord> {
  const problem = shape(payload, 'checkpoint') ?? packProblem(payload as CheckpointRecord);
  return problem === undefined
    ? ok(payload as CheckpointRecord)
    : failed(failure('RECORD_REJECTED', problem));
}

/** A checkpoint vouches for its own pack and no other. */
function packProblem({ key, pack, plan }: CheckpointRecord): string | undefined {
  const place = parseKey(key);
  const isOwn =
    place?.kind === 'checkpoint' &&
    isUlid(place.id) &&
    key === checkpointKey(plan, place.id) &&
    pack.key === packKey(plan, place.id);
  return isOwn ? undefined : 'checkpoint.pack belongs to another one';
}
