import type { Clock } from '../domain/clock.ts';
import type { Signer, Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Failed, type Result } from '../domain/result.ts';
import type { Target } from '../domain/target.ts';
import { emergencyReadme } from './emergency.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { newIdentity } from './ids.ts';
import { markerKey, parseKey, readmeKey } from './keys.ts';
import { FORMAT, parseMarker, type Marker } from './marker.ts';

const MAX_MARKER_BYTES = 64 * 1024;

/** A target whose marker was read and verified. */
export interface Repository {
  readonly target: Target;
  /** The same on all targets of a plan. */
  readonly repoId: string;
  readonly targetId: string;
  readonly createdMs: number;
  /** False where a newer release writes here: such a place is only read. */
  readonly writable: boolean;
}

export interface OpenRequest {
  /** Already open. */
  readonly target: Target;
  readonly verifier: Verifier;
  /** What the other targets of the plan say, where that is known. */
  readonly expectedRepoId?: string;
}

export interface InitRequest {
  /** Already open, after `prepare`. */
  readonly target: Target;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly toolVersion: string;
  /** Absent for the first target of a plan. */
  readonly repoId?: string;
}

/** Fails with TARGET_NOT_OURS where no valid marker is: an unmounted disk looks exactly like that. */
export async function openRepository({
  target,
  verifier,
  expectedRepoId,
}: OpenRequest): Promise<Result<Repository>> {
  const bytes = await target.get(markerKey(), MAX_MARKER_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return notOurs(target, `has no repository marker (${markerKey()})`);
  const opened = await openEnvelope(verifier, bytes.value, 'apply');
  if (!opened.ok) return notOurs(target, `has a marker that is not accepted: ${opened.failure.message}`);
  const marker = parseMarker(opened.value.payload);
  if (!marker.ok) return marker;
  if (expectedRepoId !== undefined && marker.value.repoId !== expectedRepoId)
    return notOurs(target, 'belongs to another repository');
  return ok(repositoryOf(target, marker.value));
}

/**
 * Writes README.txt, then the marker, which makes the place a repository. Refuses a place that
 * holds anything else; of two racing callers one wins and the other fails with TARGET_CONFLICT.
 */
export async function initRepository(request: InitRequest): Promise<Result<Repository>> {
  const { target, signer } = request;
  const vacant = await checkVacant(target);
  if (!vacant.ok) return vacant;
  const marker = newMarker(request);
  const sealed = await sealEnvelope(signer, marker);
  if (!sealed.ok) return sealed;
  const readme = await target.create(readmeKey(), Buffer.from(emergencyReadme()));
  if (!readme.ok) return readme;
  const created = await target.create(markerKey(), sealed.value);
  if (!created.ok) return created;
  if (created.value === 'created') return ok(repositoryOf(target, marker));
  const present = await target.get(markerKey(), MAX_MARKER_BYTES);
  if (!present.ok) return present;
  const isOwn = present.value?.equals(sealed.value) === true;
  return isOwn
    ? ok(repositoryOf(target, marker))
    : failed(failure('TARGET_CONFLICT', `${target.name} was initialised by another run at the same moment`));
}

/** Only what an earlier, interrupted initialisation leaves may be there. */
async function checkVacant(target: Target): Promise<Result<void>> {
  const listed = await target.list('');
  if (!listed.ok) return listed;
  const foreign = listed.value.find(
    ({ key }) => !['readme', 'staging'].includes(parseKey(key)?.kind ?? 'foreign'),
  );
  if (foreign === undefined) return ok();
  return notOurs(
    target,
    `is not empty and is not a new place for a repository: it holds ${JSON.stringify(foreign.key)}`,
  );
}

function newMarker({ clock, toolVersion, repoId }: InitRequest): Marker {
  return {
    type: 'repository',
    version: 1,
    key: 'repo.json',
    repoId: repoId ?? newIdentity(),
    targetId: newIdentity(),
    format: FORMAT,
    minReader: FORMAT,
    created: new Date(clock.nowMs()).toISOString(),
    toolVersion,
  };
}

function repositoryOf(target: Target, marker: Marker): Repository {
  const { repoId, targetId, created, format } = marker;
  return { target, repoId, targetId, createdMs: Date.parse(created), writable: format <= FORMAT };
}

function notOurs(target: Target, what: string): Failed {
  return failed(failure('TARGET_NOT_OURS', `target ${target.name} ${what}`));
}
