import { ok, failed, type Result } from '../../domain/result.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { ResourceType, RestoreOutcome } from '../../domain/resource-type.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RestoreReport } from '../../domain/restore-report.ts';
import type { Copy, Snapshot } from '../../domain/snapshot.ts';
import type { Ports } from '../ports.ts';
import { chainOf, parseSnapshotReference, selectSnapshot } from '../snapshot-selector.ts';
import type { Workspace } from '../workspace.ts';
import { checkDestination, checkRoom, openStaging, type Destination } from './destination.ts';
import { CopyChoice, isBadCopy, openLinks, passedOver } from './copies.ts';
import type { Opener } from '../../domain/cryptography.ts';

export interface RestoreRequest {
  /** `resource[@selector]`. */
  readonly reference: string;
  readonly to: string;
  readonly only: readonly string[];
  /** Preferred target. */
  readonly from?: string;
  readonly signal: AbortSignal;
  /** Told in passing: which copy is read, which one was damaged. */
  readonly note: (message: string) => void;
}

/** What would be restored, from where and to where: all decisions taken, nothing read but records. */
export interface RestorePlan {
  readonly snapshot: Snapshot;
  readonly chain: readonly [Snapshot, ...Snapshot[]];
  readonly type: ResourceType;
  readonly options: JsonObject;
  readonly destination: Destination;
  /** Upper bound of the bytes that the staged data needs. */
  readonly bytes: number;
}

export async function planRestore(
  ports: Ports,
  workspace: Workspace,
  request: Pick<RestoreRequest, 'reference' | 'to'>,
): Promise<Result<RestorePlan>> {
  const reference = parseSnapshotReference(request.reference);
  if (!reference.ok) return reference;
  const snapshot = selectSnapshot(workspace.catalog, reference.value);
  if (!snapshot.ok) return snapshot;
  const chain = chainOf(workspace.catalog, snapshot.value);
  if (!chain.ok) return chain;
  const type = typeOf(ports, workspace, snapshot.value);
  if (!type.ok) return type;
  const destination = await checkDestination(request.to);
  if (!destination.ok) return destination;
  const bytes = rawBytes(chain.value);
  const options = workspace.plan.resources[snapshot.value.resource]?.options ?? {};
  return ok({
    snapshot: snapshot.value,
    chain: chain.value,
    type: type.value,
    options,
    destination: destination.value,
    bytes,
  });
}

function typeOf(ports: Ports, workspace: Workspace, snapshot: Snapshot): Result<ResourceType> {
  const name = snapshot.record.resourceType;
  const type = ports.resourceTypes.get(name);
  const options = workspace.plan.resources[snapshot.resource]?.options;
  if (type?.restore !== undefined && (options === undefined || type.restorable(options))) return ok(type);
  return failed(
    failure('RESTORE_UNSUPPORTED', `this release cannot restore a resource of type "${name}"`, {
      hint: 'The README.txt on the target shows how to read the bundle with gpg and zstd.',
    }),
  );
}

function rawBytes(chain: readonly Snapshot[]): number {
  const artifacts = chain.flatMap((one) => one.record.artifacts);
  return artifacts.reduce((sum, artifact) => sum + artifact.raw.bytes, 0);
}

/**
 * Restores into a staging folder beside the destination and renames it into place once everything in
 * it is proven whole. A damaged or unreachable copy makes it start again from the next one.
 */
export async function restore(
  context: { readonly ports: Ports; readonly workspace: Workspace; readonly opener: Opener },
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<Result<RestoreReport>> {
  const room = checkRoom(plan.destination, request.only.length === 0 ? plan.bytes : 0);
  if (!room.ok) return room;
  const startedAt = context.ports.clock.monotonicMs();
  const choice = new CopyChoice(context.workspace);
  for (let attempts = 0; ; attempts += 1) {
    const copies = choice.choose(plan.chain, request.from);
    if (!copies.ok) return copies;
    if (attempts === 0) for (const note of passedOver(context.workspace, plan.chain)) request.note(note);
    const attempt = await attemptRestore({ ...context, plan, request }, copies.value);
    if (attempt.result.ok) {
      const durationMs = Math.round(context.ports.clock.monotonicMs() - startedAt);
      return ok(report(plan, copies.value, attempt.result.value, durationMs));
    }
    const { bad } = attempt;
    const snapshot = plan.chain.find((one) => one.id === bad?.copy.record.snapshotId);
    if (bad === undefined || snapshot === undefined || !isBadCopy(bad.why)) return attempt.result;
    const more = choice.reject(snapshot, bad.copy, `${bad.copy.target}: ${bad.why.message}`);
    if (!more) return attempt.result;
    request.note(
      `the copy of ${snapshot.id} on ${bad.copy.target} is unusable (${bad.why.message}); trying the next one`,
    );
  }
}

function report(
  plan: RestorePlan,
  copies: readonly Copy[],
  outcome: RestoreOutcome,
  durationMs: number,
): RestoreReport {
  return {
    snapshot: plan.snapshot,
    destination: plan.destination.path,
    targets: [...new Set(copies.map((copy) => copy.target))],
    outcome,
    durationMs,
  };
}

interface Attempt {
  readonly result: Result<RestoreOutcome>;
  readonly bad?: { readonly copy: Copy; readonly why: Failure };
}

interface AttemptContext {
  readonly ports: Ports;
  readonly workspace: Workspace;
  readonly opener: Opener;
  readonly plan: RestorePlan;
  readonly request: RestoreRequest;
}

async function attemptRestore(context: AttemptContext, copies: readonly Copy[]): Promise<Attempt> {
  let bad: Attempt['bad'];
  const staging = await openStaging(context.plan.destination);
  if (!staging.ok) return { result: staging };
  try {
    const links = openLinks({ ...context, signal: context.request.signal }, copies, (copy, why) => {
      bad ??= { copy, why };
    });
    const restored = await runRestore(context, staging.value.path, links);
    if (!restored.ok) return { result: restored, ...(bad === undefined ? {} : { bad }) };
    const published = await staging.value.publish();
    return { result: published.ok ? restored : published };
  } finally {
    await staging.value.discard();
  }
}

async function runRestore(
  { ports, workspace, plan, request }: AttemptContext,
  staging: string,
  chain: Parameters<NonNullable<ResourceType['restore']>>[0]['chain'],
): Promise<Result<RestoreOutcome>> {
  const scratch = await ports.makePrivateDirectory(workspace.plan.scratchDirectory, 'backup-plan-restore');
  if (!scratch.ok) return scratch;
  try {
    const run = plan.type.restore?.bind(plan.type);
    if (run === undefined) throw new Error(`type ${plan.type.type} lost its restore`);
    return await run({
      resource: plan.snapshot.resource,
      options: plan.options,
      planDirectory: workspace.plan.directory,
      staging,
      scratch: scratch.value.path,
      chain,
      only: request.only,
      tools: ports.tools,
      secrets: ports.secretsOf(workspace.plan),
      signal: request.signal,
    });
  } finally {
    await scratch.value.remove();
  }
}
