import { failure } from '../domain/failure.ts';
import type { MarkRecord } from '../domain/mark.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { isSnapshotId, isUlid } from './ids.ts';
import { isSegment, markKey } from './keys.ts';
import { integer, literal, object, oneOf, satisfying, sha256, text, timestamp } from './shape.ts';

/** Ten years; a longer grace is a mistake or an attack. */
const MAX_GRACE_SECONDS = 10 * 366 * 86_400;

const segment = satisfying(isSegment, 'a name of the key grammar');
const snapshotId = satisfying(isSnapshotId, 'a snapshot id');

const shape = object<MarkRecord>({
  type: literal('mark'),
  version: literal(1),
  repoId: segment,
  targetId: segment,
  key: text(512),
  plan: segment,
  resource: segment,
  snapshotId,
  recordSha256: sha256,
  root: snapshotId,
  intent: oneOf(['condemn', 'sweep']),
  graceSeconds: integer(0, MAX_GRACE_SECONDS),
  runId: satisfying(isUlid, 'a run id'),
  writer: text(256),
  at: timestamp,
  toolVersion: text(256),
});

export function parseMarkRecord(payload: unknown): Result<MarkRecord> {
  const problem = shape(payload, 'mark') ?? placeProblem(payload as MarkRecord);
  return problem === undefined ? ok(payload as MarkRecord) : failed(failure('RECORD_REJECTED', problem));
}

function placeProblem({ plan, snapshotId: id, runId, key }: MarkRecord): string | undefined {
  return key === markKey(plan, id, runId) ? undefined : 'mark.key names another mark';
}
