import { createHash } from 'node:crypto';
import { parseIndexLine } from '../domain/index-entry.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { IndexUnreadable, type ArtifactSource, type ResourceType } from '../domain/resource-type.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { readAppVersion } from './app-version.ts';
import { captureContext, type Attempt } from './capture-context.ts';
import type { CapturedSnapshot } from './captured-snapshot.ts';
import { transportOf } from './transport-of.ts';
import { holdersOf } from './unchanged.ts';
import { openIndexOf, type OpenedIndex } from './parent.ts';
import type { RunContext } from './ports.ts';

type Order = Omit<Attempt, 'basis'>;

/**
 * The snapshot that the task may turn out to equal. There is none where the plan asks for more than
 * it gives: another type, other recipients, another version of the application, a copy that is
 * missing on an open target.
 */
export async function snapshotToCompare(
  run: RunContext,
  { task, step }: Order,
): Promise<Snapshot | undefined> {
  const earlier = run.catalog.snapshots.find((one) => one.id === task.unlessEqualTo && one.good);
  const resource = run.plan.resources[task.resource];
  if (earlier === undefined || earlier.record.resourceType !== resource?.type) return undefined;
  const open = task.targets.filter((name) => run.repositories.has(name));
  const isWhole = open.every((name) => holdersOf(earlier).includes(name));
  if (!isWhole || !(await hasRecipients(run, resource, earlier.record))) return undefined;
  return (await hasVersion(run, { resource, step }, earlier.record)) ? earlier : undefined;
}

async function hasRecipients(
  run: RunContext,
  resource: ResourceSpec,
  record: SnapshotRecord,
): Promise<boolean> {
  const wanted = new Set<string>();
  for (const file of run.plan.encryption[resource.encryption]?.recipients ?? []) {
    const facts = await run.cryptography.inspect(file);
    if (!facts.ok) return false;
    wanted.add(facts.value.fingerprint);
  }
  return record.artifacts.every(
    ({ encryption: { recipients } }) =>
      recipients.length === wanted.size && recipients.every((one) => wanted.has(one)),
  );
}

async function hasVersion(
  run: RunContext,
  { resource, step }: { readonly resource: ResourceSpec; readonly step: Order['step'] },
  record: SnapshotRecord,
): Promise<boolean> {
  const { name, appVersion: argv } = resource;
  if (argv === undefined) return true;
  const cwd = run.plan.directory;
  const now = await readAppVersion(run.tools, { resource: name, argv, cwd, signal: step.signal });
  return now.ok && now.value === record.platform.appVersion;
}

/**
 * Asks the resource type, without a capture. Where it cannot tell, or fails, the capture decides: it
 * meets the same trouble and says so.
 */
export async function sourceIsSame(run: RunContext, order: Order, earlier: Snapshot): Promise<boolean> {
  const type = run.resourceTypes.get(earlier.record.resourceType);
  if (type?.compare === undefined) return false;
  const opened = await openIndexOf(run, earlier, order.step.signal);
  if (opened.state === 'unreadable') return false;
  try {
    const compared = await compareWith(run, { ...order, earlier, opened }, type.compare.bind(type));
    return compared.ok && compared.value === 'equal';
  } catch (error) {
    if (error instanceof IndexUnreadable) return false;
    throw error;
  } finally {
    await stop(opened.lines);
  }
}

type Compare = NonNullable<ResourceType['compare']>;

interface Comparing extends Order {
  readonly earlier: Snapshot;
  readonly opened: Extract<OpenedIndex, { state: 'open' }>;
}

async function compareWith(
  run: RunContext,
  { task, step, earlier, opened }: Comparing,
  compare: Compare,
): ReturnType<Compare> {
  const scratch = await run.makePrivateDirectory(run.plan.scratchDirectory, 'backup-plan-compare');
  if (!scratch.ok) return scratch;
  try {
    const basis = { mode: earlier.mode, parent: { snapshot: earlier, opened } };
    const transport = await transportOf(run, run.plan.resources[task.resource], step.signal);
    if (!transport.ok) return transport;
    const surroundings = { scratch: scratch.value.path, tools: transport.value.tools };
    const context = captureContext(run, { task, step, basis }, surroundings);
    return await compare({ ...context, parent: opened });
  } finally {
    await scratch.value.remove();
  }
}

/** A stream that nobody read on would keep its children waiting. */
async function stop(lines: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const line of lines) if (line.length >= 0) break;
  } catch (error) {
    if (!(error instanceof IndexUnreadable)) throw error;
  }
}

/** Content is digested where a snapshot may have to be compared, and its type cannot do that better. */
export function digestsContent(
  resource: ResourceSpec,
  type: ResourceType,
): (source: ArtifactSource) => boolean {
  const isWatched = resource.schedules.some(({ schedule }) => schedule.onlyChanges);
  return ({ source }) => isWatched && (type.compare === undefined || source.kind === 'file');
}

interface Pair {
  readonly earlier: Snapshot;
  readonly taken: CapturedSnapshot;
}

/** Whether a capture holds what the earlier snapshot holds: the same artifacts, the same entries. */
export async function holdsSame(
  run: RunContext,
  { step }: Order,
  { earlier, taken }: Pair,
): Promise<boolean> {
  const { record } = earlier;
  const isFull =
    record.chain.level === 0 && taken.chain.level === 0 && record.chain.mode === taken.chain.mode;
  const sameArtifacts =
    record.artifacts.length === taken.artifacts.length &&
    record.artifacts.every(({ name, raw }, position) => {
      const now = taken.artifacts[position];
      return raw.sha256 !== undefined && now?.name === name && now.raw.sha256 === raw.sha256;
    });
  if (!isFull || !sameArtifacts || record.index.entries !== taken.index.entries) return false;
  const opened = await openIndexOf(run, earlier, step.signal);
  return opened.state === 'open' && (await digestEntries(opened.lines)) === taken.entriesSha256;
}

async function digestEntries(lines: AsyncIterable<Buffer>): Promise<string | undefined> {
  const digest = createHash('sha256');
  try {
    for await (const line of lines) {
      if (parseIndexLine(line) !== undefined) digest.update(line).update('\n');
    }
  } catch (error) {
    if (error instanceof IndexUnreadable) return undefined;
    throw error;
  }
  return digest.digest('hex');
}
