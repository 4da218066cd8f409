import { failure } from '../domain/failure.ts';
import { needsParent } from '../domain/mode.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { parseKey, type SnapshotPlace } from './keys.ts';
import { snapshotShape } from './snapshot-shape.ts';

/** Turns a verified payload into a record, or says in which way it contradicts the format or itself. */
export function parseSnapshotRecord(payload: unknown): Result<SnapshotRecord> {
  const problem = snapshotShape(payload, 'record');
  if (problem !== undefined) return failed(failure('RECORD_REJECTED', problem));
  const record = payload as SnapshotRecord;
  const contradiction = placeProblem(record) ?? contentProblem(record) ?? chainProblem(record);
  return contradiction === undefined ? ok(record) : failed(failure('RECORD_REJECTED', contradiction));
}

function placeProblem(record: SnapshotRecord): string | undefined {
  const place = parseKey(record.key);
  if (place?.kind !== 'snapshot' || !isSamePlace(place, record)) return 'record.key names another snapshot';
  const foreign = record.artifacts.find((artifact) => !isDataOf(artifact.key, 'data', record));
  if (foreign !== undefined) return `artifact ${foreign.name} lies with another snapshot`;
  return isDataOf(record.index.key, 'index', record)
    ? undefined
    : 'record.index.key lies with another snapshot';
}

function contentProblem(record: SnapshotRecord): string | undefined {
  const { artifacts } = record;
  if (artifacts.length === 0) return 'record.artifacts is empty';
  if (new Set(artifacts.map(({ name }) => name)).size !== artifacts.length)
    return 'two artifacts have one name';
  if (new Set(artifacts.map(({ key }) => key)).size !== artifacts.length) return 'two artifacts have one key';
  const torn = [...artifacts, record.index].find(
    ({ prefixes, sha256 }) => prefixes.digests.at(-1) !== sha256,
  );
  return torn === undefined ? undefined : 'the last prefix digest is not the digest of the whole';
}

function chainProblem({ chain, snapshotId }: SnapshotRecord): string | undefined {
  if (needsParent(chain.mode) !== (chain.parent !== undefined))
    return `record.chain.parent does not fit mode ${chain.mode}`;
  if (chain.level > 0 !== (chain.parent !== undefined)) return 'record.chain.level does not fit its parent';
  if (chain.parent === undefined && chain.root !== snapshotId)
    return 'record.chain.root is not the snapshot itself';
  return chain.parent?.snapshotId === snapshotId ? 'record.chain.parent is the snapshot itself' : undefined;
}

function isDataOf(key: string, kind: 'data' | 'index', record: SnapshotRecord): boolean {
  const place = parseKey(key);
  return place?.kind === kind && isSamePlace(place, record);
}

function isSamePlace(left: SnapshotPlace, right: SnapshotPlace): boolean {
  return left.plan === right.plan && left.resource === right.resource && left.snapshotId === right.snapshotId;
}
