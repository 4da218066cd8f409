import type { Clock } from '../domain/clock.ts';
import type { Signer, Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { EVENT_KINDS, type EventRecord } from '../domain/snapshot.ts';
import { EVENT_ROLES, eventFactsProblem, type EventFacts } from './event-facts.ts';
import { newRunId } from './ids.ts';
import { eventKey, isSegment } from './keys.ts';
import { publish } from './publish.ts';
import type { Repository } from './repository.ts';
import { anyObject, literal, object, oneOf, satisfying, text, timestamp } from './shape.ts';

export type WriteEventRequest = EventFacts & {
  readonly repository: Repository;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly clock: Clock;
  readonly plan: string;
  readonly runId: string;
  /** Name of the signer that acts. */
  readonly writer: string;
  readonly toolVersion: string;
};

const segment = satisfying(isSegment, 'a name of the key grammar');

const shape = object<EventRecord>({
  type: literal('event'),
  version: literal(1),
  repoId: segment,
  targetId: segment,
  key: text(512),
  plan: segment,
  event: oneOf(EVENT_KINDS),
  at: timestamp,
  runId: segment,
  writer: text(256),
  toolVersion: text(256),
  facts: anyObject,
});

/** Adds a signed event under a fresh id. Events are never needed to restore. */
export async function writeEvent(request: WriteEventRequest): Promise<Result<void>> {
  const { repository, clock, plan, event, facts, runId, writer, toolVersion } = request;
  const nowMs = clock.nowMs();
  const key = eventKey(plan, newRunId(nowMs));
  const { repoId, targetId } = repository;
  const at = new Date(nowMs).toISOString();
  const payload: EventRecord = {
    type: 'event',
    version: 1,
    repoId,
    targetId,
    key,
    plan,
    event,
    at,
    runId,
    writer,
    toolVersion,
    facts: { ...facts },
  };
  const parsed = parseEventRecord(payload);
  if (!parsed.ok) throw new TypeError(`unfit event: ${parsed.failure.message}`);
  const published = await publish({ ...request, key, payload, role: EVENT_ROLES[event] });
  if (!published.ok) return published;
  return published.value.state === 'own'
    ? ok()
    : failed(failure('TARGET_CONFLICT', `${key} exists with other content`));
}

export function parseEventRecord(payload: unknown): Result<EventRecord> {
  const problem = shape(payload, 'event') ?? eventFactsProblem(payload as EventRecord);
  return problem === undefined ? ok(payload as EventRecord) : failed(failure('RECORD_REJECTED', problem));
}
