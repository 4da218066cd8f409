import type { AppliedState, LogEntry } from '../domain/applied-plan.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { parseExactJson } from './exact-json.ts';
import { isSegment } from './keys.ts';
import {
  anyObject,
  integer,
  literal,
  mapOf,
  matching,
  object,
  oneOf,
  optional,
  satisfying,
  sha256,
  text,
  timestamp,
} from './shape.ts';
import { MAX_RECORD_BYTES } from './envelope.ts';

const MAX_RESOURCES = 20_000;

const segment = satisfying(isSegment, 'a name of the key grammar');
const digest = matching(/^[a-z0-9:]{1,80}$/, 'a digest');

const entryShape = object<LogEntry>({
  type: literal('log'),
  version: literal(1),
  repoId: segment,
  targetId: segment,
  key: text(512),
  plan: segment,
  serial: integer(1),
  entry: oneOf(['begin', 'commit', 'partial', 'abort', 'takeover']),
  applyId: segment,
  holder: text(512),
  planDigest: digest,
  gitCommit: optional(text(256)),
  at: timestamp,
  prev: optional(object<NonNullable<LogEntry['prev']>>({ serial: integer(1), sha256 })),
  leaseSeconds: optional(integer(1, 31 * 86_400)),
  state: optional(text(MAX_RECORD_BYTES)),
  toolVersion: text(256),
});

const stateShape = object<AppliedState>({
  format: literal('backup-plan/state@1'),
  plan: anyObject,
  digest,
  retentionChangedAt: optional(mapOf(timestamp, MAX_RESOURCES)),
});

export function parseLogEntry(payload: unknown): Result<LogEntry> {
  const problem = entryShape(payload, 'entry') ?? sequenceProblem(payload as LogEntry);
  return problem === undefined ? ok(payload as LogEntry) : failed(failure('RECORD_REJECTED', problem));
}

export function parseAppliedState(bytes: Uint8Array): Result<AppliedState> {
  const json = parseExactJson(bytes);
  const problem = json.ok ? stateShape(json.value, 'state') : `state ${json.problem}`;
  if (!json.ok || problem !== undefined)
    return failed(failure('LOG_UNREADABLE', problem ?? 'state is unreadable'));
  return ok(json.value as AppliedState);
}

/** The bytes to encrypt for `commitApply`. */
export function appliedStateBytes(state: AppliedState): Buffer {
  return Buffer.from(JSON.stringify(state));
}

function sequenceProblem(entry: LogEntry): string | undefined {
  if ((entry.serial === 1) !== (entry.prev === undefined)) return 'entry.prev does not fit its serial';
  if (entry.prev !== undefined && entry.prev.serial !== entry.serial - 1)
    return 'entry.prev is not the one before';
  const opens = entry.entry === 'begin' || entry.entry === 'takeover';
  return opens === (entry.leaseSeconds !== undefined)
    ? undefined
    : 'entry.leaseSeconds does not fit its kind';
}
