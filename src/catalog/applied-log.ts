import type { AppliedPlan, AppliedState, LogEntry } from '../domain/applied-plan.ts';
import type { Clock } from '../domain/clock.ts';
import type { Signer } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Failed, type Result } from '../domain/result.ts';
import { logKey } from './keys.ts';
import { hasLeaseExpired } from './lease.ts';
import { parseAppliedState } from './log-entry.ts';
import { publish } from './publish.ts';
import { findBack, lastSerial, readLogEntry, type LogPlace, type ReadLogEntry } from './read-log.ts';

export interface ReadAppliedRequest extends LogPlace {
  /** Opens what `encryptSmall` wrote. Absent, or failing for lack of a key: the plan comes without its state. */
  readonly decrypt?: (bytes: Uint8Array) => Promise<Result<Uint8Array>>;
}

/** The plan last committed. Undefined where none was; LOG_UNREADABLE where that cannot be told. */
export async function readAppliedPlan(request: ReadAppliedRequest): Promise<Result<AppliedPlan | undefined>> {
  const last = await lastSerial(request);
  if (!last.ok) return last;
  const committed = await findBack(
    request,
    last.value,
    ({ entry }) => entry === 'commit' || entry === 'partial',
  );
  if (!committed.ok) return committed;
  if (committed.value === undefined) return ok(undefined);
  const { serial, applyId, at, holder, gitCommit, planDigest, state: encrypted } = committed.value.entry;
  const state = await decryptState(encrypted, request.decrypt);
  if (!state.ok) return state;
  const git = gitCommit === undefined ? {} : { gitCommit };
  return ok({
    serial,
    applyId,
    at,
    holder,
    ...git,
    digest: planDigest,
    ...(state.value === undefined ? {} : { state: state.value }),
  });
}

export interface ApplyRequest extends LogPlace {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly applyId: string;
  /** Who acts, in a form that tells people where to look; `isDead` gets it back. */
  readonly holder: string;
  readonly planDigest: string;
  readonly gitCommit?: string;
  readonly toolVersion: string;
  readonly leaseSeconds: number;
  /** True only where the holder is known to be gone for good, e.g. a dead process of this host. */
  readonly isDead?: (holder: string) => boolean;
}

/** The right to commit one change of the applied plan. */
export interface ApplyLease {
  readonly request: ApplyRequest;
  readonly begun: { readonly serial: number; readonly sha256: string };
}

/**
 * Takes the log. LOCKED names who holds it. A lease ends by its own last entry, by the death of its
 * holder, or after `leaseSeconds` of the store's clock; then the new entry is a `takeover`, and the
 * old holder's commit fails, because the next serial is taken.
 */
export async function beginApply(request: ApplyRequest): Promise<Result<ApplyLease>> {
  const last = await lastSerial(request);
  if (!last.ok) return last;
  const previous = last.value === 0 ? ok(undefined) : await readLogEntry(request, last.value);
  if (!previous.ok) return previous;
  const kind = await entryToBegin(request, previous.value);
  if (!kind.ok) return kind;
  const begun = await append(request, previous.value === undefined ? undefined : headOf(previous.value), {
    entry: kind.value,
    leaseSeconds: request.leaseSeconds,
  });
  return begun.ok ? ok({ request, begun: begun.value }) : begun;
}

/**
 * Starts the lease anew for a run that takes longer, with an entry that takes over from itself.
 * LOCKED where somebody else took over meanwhile: then the run has lost its right to commit.
 */
export async function renewApply({ request, begun }: ApplyLease): Promise<Result<ApplyLease>> {
  const renewed = await append(request, begun, { entry: 'takeover', leaseSeconds: request.leaseSeconds });
  return renewed.ok ? ok({ request, begun: renewed.value }) : renewed;
}

/** Makes the plan the applied one. `state` is the encrypted AppliedState. */
export async function commitApply(lease: ApplyLease, state: Uint8Array): Promise<Result<{ serial: number }>> {
  return append(lease.request, lease.begun, {
    entry: 'commit',
    state: Buffer.from(state).toString('base64'),
  });
}

/** `partial` commits the plan although some of its steps failed; `abort` leaves the applied plan as it was. */
export async function endApply(
  lease: ApplyLease,
  end: { readonly kind: 'abort' } | { readonly kind: 'partial'; readonly state: Uint8Array },
): Promise<Result<{ serial: number }>> {
  const state = end.kind === 'partial' ? { state: Buffer.from(end.state).toString('base64') } : {};
  return append(lease.request, lease.begun, { entry: end.kind, ...state });
}

async function entryToBegin(
  request: ApplyRequest,
  previous: ReadLogEntry | undefined,
): Promise<Result<'begin' | 'takeover'>> {
  if (previous === undefined || !isOpen(previous.entry)) return ok('begin');
  const { holder, serial, leaseSeconds = 0 } = previous.entry;
  if (request.isDead?.(holder) === true) return ok('takeover');
  const expired = await hasLeaseExpired({ ...request, serial, leaseSeconds });
  if (!expired.ok) return expired;
  return expired.value ? ok('takeover') : locked(previous.entry);
}

type EntryDetails = Pick<LogEntry, 'entry' | 'leaseSeconds' | 'state'>;

async function append(
  request: ApplyRequest,
  prev: LogEntry['prev'],
  details: EntryDetails,
): Promise<Result<{ serial: number; sha256: string }>> {
  const { repository, plan } = request;
  const serial = (prev?.serial ?? 0) + 1;
  const key = logKey(plan, serial);
  const payload = entryOf(request, { serial, key, ...(prev === undefined ? {} : { prev }), ...details });
  const published = await publish({ ...request, repository, key, payload, role: 'apply' });
  if (!published.ok) return published;
  if (published.value.state === 'own') return ok({ serial, sha256: published.value.payloadSha256 });
  const winner = await readLogEntry(request, serial);
  if (!winner.ok) return winner;
  if (!isEarlierAttempt(request, prev, winner.value)) return locked(winner.value.entry);
  if (winner.value.entry.entry === details.entry) return ok(headOf(winner.value));
  // A renewal that took effect although its reply was lost: what follows comes after it.
  return isOpen(winner.value.entry)
    ? append(request, headOf(winner.value), details)
    : locked(winner.value.entry);
}

/** The entry is this run's own: an earlier one, at another time or encrypted anew. */
function isEarlierAttempt(
  { applyId, holder, planDigest }: ApplyRequest,
  prev: LogEntry['prev'],
  { entry }: ReadLogEntry,
): boolean {
  return (
    entry.applyId === applyId &&
    entry.holder === holder &&
    entry.planDigest === planDigest &&
    entry.prev?.sha256 === prev?.sha256
  );
}

function entryOf(
  request: ApplyRequest,
  own: EntryDetails & Pick<LogEntry, 'serial' | 'key' | 'prev'>,
): LogEntry {
  const { repository, plan, clock, applyId, holder, planDigest, gitCommit, toolVersion } = request;
  const { repoId, targetId } = repository;
  const at = new Date(clock.nowMs()).toISOString();
  const git = gitCommit === undefined ? {} : { gitCommit };
  return {
    type: 'log',
    version: 1,
    repoId,
    targetId,
    plan,
    applyId,
    holder,
    planDigest,
    ...git,
    at,
    toolVersion,
    ...own,
  };
}

function isOpen({ entry }: LogEntry): boolean {
  return entry === 'begin' || entry === 'takeover';
}

function headOf({ entry, sha256 }: ReadLogEntry): { serial: number; sha256: string } {
  return { serial: entry.serial, sha256 };
}

async function decryptState(
  encrypted: string | undefined,
  decrypt: ReadAppliedRequest['decrypt'],
): Promise<Result<AppliedState | undefined>> {
  if (encrypted === undefined || decrypt === undefined) return ok(undefined);
  const opened = await decrypt(Buffer.from(encrypted, 'base64'));
  if (!opened.ok) return opened.failure.code === 'NO_KEY' ? ok(undefined) : opened;
  return parseAppliedState(opened.value);
}

function locked({ holder, at, serial }: LogEntry): Failed {
  return failed(failure('LOCKED', `held by ${holder} since ${at}`, { facts: { holder, at, serial } }));
}
