import { checkedPieces } from '../bundle/checked-pieces.ts';
import type { Repository } from '../catalog/repository.ts';
import type { Opener } from '../domain/cryptography.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { PrefixDigests } from '../domain/record.ts';
import { IndexUnreadable } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Copy, Snapshot, VerifyLevel } from '../domain/snapshot.ts';
import type { Target } from '../domain/target.ts';
import type { CopyCheck, VerifyReport } from '../domain/verify-report.ts';
import { catalogDoubts } from '../planner/status/catalog-doubts.ts';
import { chainLink } from '../steps/chain-link.ts';
import { parseSnapshotReference, selectSnapshot } from './snapshot-selector.ts';
import type { Workspace } from './workspace.ts';

export interface VerifyRequest {
  /** `resource` or `resource@selector`; everything where empty. */
  readonly references: readonly string[];
  readonly level: VerifyLevel;
  /** Share of the snapshots to read, newest always included, 0…1. */
  readonly sample: number;
  readonly signal: AbortSignal;
  readonly onChecked: (check: CopyCheck) => void;
}

interface VerifyContext {
  readonly workspace: Workspace;
  readonly nowMs: number;
  /** Needed for the level `decrypt` only. */
  readonly opener?: Opener;
}

/** Checks every copy of the chosen snapshots on every open target. Damage is a finding, never a failure of the command. */
export async function verify(context: VerifyContext, request: VerifyRequest): Promise<Result<VerifyReport>> {
  const snapshots = choose(context.workspace, request);
  if (!snapshots.ok) return snapshots;
  const checks: CopyCheck[] = [];
  for (const snapshot of snapshots.value) {
    for (const copy of snapshot.copies) {
      const check = await checkCopy(context, { snapshot, copy, request });
      if (request.signal.aborted) return failed(failure('INTERRUPTED', 'verification was interrupted'));
      checks.push(check);
      request.onChecked(check);
    }
  }
  const { plan, catalog } = context.workspace;
  const doubts = catalogDoubts({ plan, catalog, nowMs: context.nowMs });
  return ok({ level: request.level, checks, problems: [...catalog.problems, ...doubts] });
}

function choose({ catalog }: Workspace, request: VerifyRequest): Result<readonly Snapshot[]> {
  if (request.references.length === 0) return ok(sample(catalog.snapshots, request.sample));
  const chosen: Snapshot[] = [];
  for (const text of request.references) {
    if (!text.includes('@')) {
      const own = catalog.snapshots.filter((one) => one.resource === text);
      if (own.length === 0) return failed(failure('NOT_FOUND', `no snapshot of "${text}"`));
      chosen.push(...sample(own, request.sample));
      continue;
    }
    const reference = parseSnapshotReference(text);
    if (!reference.ok) return reference;
    const snapshot = selectSnapshot(catalog, reference.value);
    if (!snapshot.ok) return snapshot;
    chosen.push(snapshot.value);
  }
  return ok(chosen);
}

/** Evenly spread from the newest backwards, so that repeated runs of a growing catalog reach every age. */
function sample(snapshots: readonly Snapshot[], share: number): readonly Snapshot[] {
  const wanted = Math.ceil(snapshots.length * share);
  if (wanted >= snapshots.length) return snapshots;
  const step = snapshots.length / wanted;
  const chosen = Array.from(
    { length: wanted },
    (_, n) => snapshots[snapshots.length - 1 - Math.floor(n * step)],
  );
  return chosen.filter((one) => one !== undefined).reverse();
}

interface CopyToCheck {
  readonly snapshot: Snapshot;
  readonly copy: Copy;
  readonly request: VerifyRequest;
}

async function checkCopy(
  context: VerifyContext,
  { snapshot, copy, request }: CopyToCheck,
): Promise<CopyCheck> {
  const repository = context.workspace.repositories.get(copy.target);
  const objects = objectsOf(copy);
  const result =
    repository === undefined
      ? failed(failure('TARGET_UNREACHABLE', `target ${copy.target} is not open`))
      : await checkObjects(context, { repository, copy, request });
  return {
    snapshotId: snapshot.id,
    resource: snapshot.resource,
    target: copy.target,
    level: request.level,
    bytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    ...(result.ok ? {} : { failure: result.failure }),
  };
}

interface ObjectCheck {
  readonly repository: Repository;
  readonly copy: Copy;
  readonly request: VerifyRequest;
}

async function checkObjects(context: VerifyContext, check: ObjectCheck): Promise<Result<void>> {
  for (const object of objectsOf(check.copy)) {
    const checked = await checkObject(check, object);
    if (!checked.ok) return failed(await withRecovery(check.repository, object, checked.failure));
  }
  return check.request.level === 'decrypt' ? checkContents(context, check) : ok();
}

async function checkObject(
  { repository, request }: ObjectCheck,
  object: StoredObject,
): Promise<Result<void>> {
  const present = await checkPresence(repository, object);
  if (!present.ok || request.level !== 'checksum') return present;
  return checkDigest(repository, object, request.signal);
}

/** What was deleted or replaced by somebody may still be with the store. */
async function withRecovery({ target }: Repository, { key }: StoredObject, why: Failure): Promise<Failure> {
  if (why.code !== 'CORRUPT' && why.code !== 'TRUNCATED') return why;
  const recovery = await target.recovery?.(key);
  return recovery?.ok === true && recovery.value !== undefined ? { ...why, hint: recovery.value } : why;
}

interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly prefixes: PrefixDigests;
}

function objectsOf({ record }: Copy): readonly StoredObject[] {
  return [...record.artifacts, record.index];
}

async function checkPresence({ target }: Repository, object: StoredObject): Promise<Result<void>> {
  const facts = await target.stat(object.key);
  if (!facts.ok) return facts;
  if (facts.value === undefined) return failed(failure('CORRUPT', `${object.key} is missing`));
  const { size, archived } = facts.value;
  if (size === object.bytes && archived !== undefined)
    return failed(
      failure('ARCHIVED', `${object.key} is ${archived === 'thawing' ? 'being thawed' : archived}`),
    );
  if (size === object.bytes) return ok();
  const code = facts.value.size < object.bytes ? 'TRUNCATED' : 'CORRUPT';
  return failed(
    failure(
      code,
      `${object.key} has ${String(facts.value.size)} bytes, its record says ${String(object.bytes)}`,
    ),
  );
}

/** What was damaged on its way is whole when it is read once more. */
async function checkDigest(
  { target }: Repository,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Result<void>> {
  const first = await readThrough(target, object, signal);
  return !first.ok && first.failure.code === 'CORRUPT' ? readThrough(target, object, signal) : first;
}

async function readThrough(target: Target, object: StoredObject, signal: AbortSignal): Promise<Result<void>> {
  const stored = await target.read(object.key, { signal });
  if (!stored.ok) return stored;
  const faults: Failure[] = [];
  const pieces = checkedPieces(stored.value, object, (why) => faults.push(why));
  for await (const piece of pieces) piece.at(0);
  const [fault] = faults;
  if (fault === undefined) return ok();
  const isDamage = fault.code === 'CORRUPT' || fault.code === 'TRUNCATED';
  return failed(isDamage ? { ...fault, message: `${object.key}: ${fault.message}` } : fault);
}

async function checkContents(
  { opener }: VerifyContext,
  { repository, copy, request }: ObjectCheck,
): Promise<Result<void>> {
  if (opener === undefined) return failed(failure('NO_KEY', 'no private key was given'));
  const link = chainLink({ record: copy.record, repository, opener, signal: request.signal });
  for (const artifact of copy.record.artifacts) {
    const delivered = await link.deliver(artifact.name, { kind: 'bytes', consume: discard });
    if (!delivered.ok) return delivered;
  }
  return checkIndex(link, copy.record.index.entries);
}

const HEADER_AND_TRAILER = 2;

async function checkIndex(link: ReturnType<typeof chainLink>, entries: number): Promise<Result<void>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  try {
    let count = 0;
    for await (const line of lines.value) count += line.length > 0 ? 1 : 0;
    const found = count - HEADER_AND_TRAILER;
    if (found === entries) return ok();
    return failed(
      failure('CORRUPT', `the index has ${String(found)} entries, its record says ${String(entries)}`),
    );
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
}

async function discard(bytes: AsyncIterable<Buffer>): Promise<Result<void>> {
  for await (const chunk of bytes) chunk.at(0);
  return ok();
}
