import { overlayKey } from '../catalog/keys.ts';
import { writeEvent } from '../catalog/events.ts';
import { newRunId } from '../catalog/ids.ts';
import type { Repository } from '../catalog/repository.ts';
import type { Rewrapped, Rewrapper } from '../domain/cryptography.ts';
import { exitCodeOf, failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { RewrappedCopy, RewrapReport } from '../domain/rewrap-report.ts';
import type { Copy, Snapshot } from '../domain/snapshot.ts';
import { INDEX_NAME, readLaterKeys } from '../steps/later-keys.ts';
import type { Ports } from './ports.ts';
import { writerKey, type WriterKey } from './read-keys.ts';
import { parseSnapshotReference, selectSnapshot } from './snapshot-selector.ts';
import type { Workspace } from './workspace.ts';

export interface RewrapRequest {
  /** `resource` or `resource@selector`; everything where empty. */
  readonly references: readonly string[];
  readonly dryRun: boolean;
  readonly rewrapper: Rewrapper;
  readonly signal: AbortSignal;
  readonly onCopy: (copy: RewrappedCopy) => void;
}

/**
 * Lets the recipients that the plan names now open what was encrypted before they were named. The
 * bundles stay as they are: small files with key packets are put beside them.
 */
export async function rewrapKeys(
  ports: Ports,
  workspace: Workspace,
  request: RewrapRequest,
): Promise<Result<RewrapReport>> {
  const writer = await writerKey(ports, workspace.plan);
  if (!writer.ok) return writer;
  const snapshots = chosen(workspace, request.references);
  if (!snapshots.ok) return snapshots;
  const rewrap = { ports, workspace, request, writer: writer.value, runId: newRunId(ports.clock.nowMs()) };
  const copies: RewrappedCopy[] = [];
  for (const snapshot of snapshots.value) {
    for (const object of objectsOf(snapshot)) {
      if (request.signal.aborted) return failed(failure('INTERRUPTED', 'rewrapping was interrupted'));
      const done = await rewrapObject(rewrap, object);
      request.onCopy(done);
      copies.push(done);
    }
  }
  const { problems } = workspace.catalog;
  const failures = copies.flatMap(({ failure: why }) => why ?? []);
  const codes = [...failures, ...problems].map(({ code }) => exitCodeOf(code));
  return ok({ dryRun: request.dryRun, copies, problems, exitCode: Math.max(0, ...codes) });
}

function chosen({ catalog }: Workspace, references: readonly string[]): Result<readonly Snapshot[]> {
  if (references.length === 0) return ok(catalog.snapshots);
  const all: Snapshot[] = [];
  for (const text of references) {
    const own = catalog.snapshots.filter(({ resource }) => resource === text);
    const reference = parseSnapshotReference(text);
    if (!reference.ok) return reference;
    const one = selectSnapshot(catalog, reference.value);
    if (!one.ok) return one;
    all.push(...(text.includes('@') ? [one.value] : own));
  }
  return ok(all);
}

interface StoredObject {
  readonly snapshot: Snapshot;
  readonly copy: Copy;
  readonly artifact: string;
  readonly key: string;
}

function objectsOf(snapshot: Snapshot): readonly StoredObject[] {
  return (
    snapshot.copies
      // What is archived fails by itself, and is not passed over in silence.
      .filter(({ state }) => state === 'present' || state === 'archived')
      .flatMap((copy) => {
        const { artifacts, index } = copy.record;
        const named = [
          ...artifacts.map(({ name, key }) => ({ artifact: name, key })),
          { artifact: INDEX_NAME, key: index.key },
        ];
        return named.map((object) => ({ snapshot, copy, ...object }));
      })
  );
}

interface Rewrapping {
  readonly ports: Ports;
  readonly workspace: Workspace;
  readonly request: RewrapRequest;
  readonly writer: WriterKey;
  readonly runId: string;
}

async function rewrapObject(rewrapping: Rewrapping, object: StoredObject): Promise<RewrappedCopy> {
  const { snapshot, copy, artifact } = object;
  const about = { resource: snapshot.resource, snapshotId: snapshot.id, target: copy.target, artifact };
  const rewrapped = await rewrap(rewrapping, object);
  if (!rewrapped.ok) return { ...about, state: 'failed', added: [], failure: rewrapped.failure };
  const added = rewrapped.value?.added ?? [];
  return { ...about, state: added.length === 0 ? 'unchanged' : 'rewrapped', added };
}

async function rewrap(rewrapping: Rewrapping, object: StoredObject): Promise<Result<Rewrapped | undefined>> {
  const { workspace, request } = rewrapping;
  const { record, target } = object.copy;
  const repository = workspace.repositories.get(target);
  if (repository === undefined) return failed(failure('TARGET_UNREACHABLE', `target ${target} is not open`));
  const recipients = recipientsFor(workspace, object.snapshot);
  const start = await readStart(repository, object.key, request.signal);
  if (!start.ok) return start;
  const laterKeys = await readLaterKeys({ repository, record, artifact: object.artifact });
  const made = await request.rewrapper.rewrap({ start: start.value, laterKeys, recipients });
  if (!made.ok || made.value === undefined || request.dryRun) return made;
  const stored = await store(rewrapping, { object, repository, rewrapped: made.value });
  return stored.ok ? made : stored;
}

/** Those of the resource's profile now; of all profiles for a resource that the plan has no more. */
function recipientsFor({ plan }: Workspace, { resource }: Snapshot): readonly string[] {
  const profile = plan.encryption[plan.resources[resource]?.encryption ?? ''];
  if (profile !== undefined) return profile.recipients;
  return [...new Set(Object.values(plan.encryption).flatMap(({ recipients }) => recipients))];
}

/** All key packets lie before the body. */
const START_BYTES = 256 * 1024;

async function readStart({ target }: Repository, key: string, signal: AbortSignal): Promise<Result<Buffer>> {
  const stored = await target.read(key, { signal });
  if (!stored.ok) return stored;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stored.value.bytes) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= START_BYTES) break;
  }
  const early = stored.value.failure();
  return early === undefined ? ok(Buffer.concat(chunks)) : failed(early);
}

interface Made {
  readonly object: StoredObject;
  readonly repository: Repository;
  readonly rewrapped: Rewrapped;
}

async function store(
  { ports, workspace, writer, runId }: Rewrapping,
  { object, repository, rewrapped }: Made,
): Promise<Result<void>> {
  const { artifact, snapshot } = object;
  const key = overlayKey(object.copy.record, artifact, runId);
  const created = await repository.target.create(key, rewrapped.packets);
  if (!created.ok) return created;
  return writeEvent({
    repository,
    signer: writer.signer,
    verifier: workspace.verifier,
    clock: ports.clock,
    plan: workspace.plan.name,
    runId,
    writer: writer.name,
    toolVersion: ports.toolVersion,
    event: 'rewrap',
    facts: { snapshotId: snapshot.id, artifact, added: rewrapped.added },
  });
}
