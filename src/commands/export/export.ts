import { resolve } from 'node:path';
import type { ExportReport } from '../../domain/export-report.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Copy, Snapshot } from '../../domain/snapshot.ts';
import type { Ports } from '../ports.ts';
import { isBadCopy } from '../restore/copies.ts';
import { holdCopies } from '../restore/read-chain.ts';
import { chainOf, parseSnapshotReference, selectSnapshot } from '../snapshot-selector.ts';
import type { Workspace } from '../workspace.ts';
import { membersOf, type Member, type Source } from './members.ts';
import { openFile, toStream, type Output } from './output.ts';
import { END_OF_ARCHIVE, memberBytes, tarHeader, tarPadding } from './tar-header.ts';

export interface ExportRequest {
  /** `resource[@selector]`. */
  readonly reference: string;
  /** A file that does not exist yet, or `-`. */
  readonly output: string;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Told in passing: which copy was damaged. */
  readonly note: (message: string) => void;
}

interface Context {
  readonly ports: Ports;
  readonly workspace: Workspace;
}

/** Copies a snapshot, with all that it needs, into one archive that is a target by itself. No key is needed. */
export async function exportSnapshot(
  context: Context,
  request: ExportRequest,
): Promise<Result<ExportReport>> {
  const startedMs = context.ports.clock.monotonicMs();
  const reference = parseSnapshotReference(request.reference);
  if (!reference.ok) return reference;
  const snapshot = selectSnapshot(context.workspace.catalog, reference.value);
  if (!snapshot.ok) return snapshot;
  const chain = chainOf(context.workspace.catalog, snapshot.value);
  if (!chain.ok) return chain;
  const sources = sourcesOf(context.workspace, chain.value);
  const release = await holdCopies(
    context,
    sources.flatMap(({ copies }) => copies),
  );
  const written = await writeFromFirst(sources, request, snapshot.value);
  await release();
  if (!written.ok) return written;
  return ok({
    snapshotId: snapshot.value.id,
    resource: snapshot.value.resource,
    consistentAt: snapshot.value.record.consistentAt,
    chain: chain.value.map(({ id }) => id),
    output: request.output === '-' ? '-' : resolve(request.output),
    durationMs: Math.round(context.ports.clock.monotonicMs() - startedMs),
    ...written.value,
  });
}

/** Records are bound to their target, so all of a chain must come from one. What is archived comes last: it may have been thawed. */
function sourcesOf(
  { plan, repositories, verifier }: Workspace,
  chain: readonly Snapshot[],
): readonly Source[] {
  const sources = Object.keys(plan.targets).flatMap((name): Source[] => {
    const repository = repositories.get(name);
    const copies = chain.flatMap((one) => one.copies.find((copy) => isReadable(copy, name)) ?? []);
    return repository !== undefined && copies.length === chain.length
      ? [{ repository, verifier, copies }]
      : [];
  });
  return sources.toSorted((a, b) => Number(isArchived(a)) - Number(isArchived(b)));
}

function isArchived({ copies }: Source): boolean {
  return copies.some(({ state }) => state === 'archived');
}

/** What waits for its deletion can still be carried away. */
function isReadable({ target, state }: Copy, name: string): boolean {
  return target === name && (state === 'present' || state === 'condemned' || state === 'archived');
}

type Written = Pick<ExportReport, 'target' | 'objects' | 'bytes'>;

/** A damaged copy makes it begin again with the next target, while nothing has left for good. */
async function writeFromFirst(
  sources: readonly Source[],
  request: ExportRequest,
  snapshot: Snapshot,
): Promise<Result<Written>> {
  let last: Failure | undefined;
  for (const source of sources) {
    const { name } = source.repository.target;
    if (last !== undefined) request.note(`${last.message}; trying ${name}`);
    const attempt = await writeOnce(source, request);
    if (attempt.result.ok || !attempt.repeatable || !isBadCopy(attempt.result.failure)) return attempt.result;
    last = attempt.result.failure;
  }
  return failed(last ?? failure('NOT_FOUND', `no single target has all of what ${snapshot.id} needs`));
}

interface Attempt {
  readonly result: Result<Written>;
  readonly repeatable: boolean;
}

async function writeOnce(source: Source, request: ExportRequest): Promise<Attempt> {
  const members = await membersOf(source);
  if (!members.ok) return { result: members, repeatable: true };
  const output = request.output === '-' ? ok(toStream(request.stdout)) : await openFile(request.output);
  if (!output.ok) return { result: output, repeatable: false };
  const packed = await pack(members.value, output.value, request.signal);
  const finished = packed.ok ? await output.value.finish() : packed;
  if (!finished.ok) {
    await output.value.abandon();
    return { result: finished, repeatable: !output.value.final };
  }
  const bytes = members.value.reduce((sum, one) => sum + memberBytes(one), END_OF_ARCHIVE.length);
  const { name } = source.repository.target;
  return { result: ok({ target: name, objects: members.value.length, bytes }), repeatable: false };
}

async function pack(members: readonly Member[], output: Output, signal: AbortSignal): Promise<Result<void>> {
  for (const member of members) {
    const packed = await packOne(member, output, signal);
    if (!packed.ok) return packed;
  }
  return output.write(END_OF_ARCHIVE);
}

async function packOne(member: Member, output: Output, signal: AbortSignal): Promise<Result<void>> {
  const begun = await output.write(tarHeader(member));
  if (!begun.ok) return begun;
  const bytes = member.bytes(signal);
  try {
    for (let next = await bytes.next(); ; next = await bytes.next()) {
      if (signal.aborted) return failed(failure('INTERRUPTED', 'the export was interrupted'));
      if (next.done === true && next.value !== undefined) return failed(next.value);
      if (next.done === true) return await output.write(tarPadding(member.sizeBytes));
      const written = await output.write(next.value);
      if (!written.ok) return written;
    }
  } finally {
    await bytes.return(undefined);
  }
}
