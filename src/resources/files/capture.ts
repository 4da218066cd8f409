import type { CommandOutcome } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { bytesOf, displayBytes } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type {
  ArtifactEvidence,
  CaptureContext,
  CaptureSession,
  CaptureSummary,
} from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { classify } from './classify.ts';
import type { Batch } from './classify.ts';
import { openTrail } from './directory-trail.ts';
import type { DirectoryTrail } from './directory-trail.ts';
import { checkGuards, createTally } from './guards.ts';
import type { Tally } from './guards.ts';
import { readOptions } from './options.ts';
import type { FilesOptions } from './options.ts';
import { readParent } from './parent-cursor.ts';
import type { ParentCursor } from './parent-cursor.ts';
import { createProblems } from './problems.ts';
import type { Problems } from './problems.ts';
import { resolveRoots, rootFacts } from './roots.ts';
import type { Roots } from './roots.ts';
import { createSelection } from './selection.ts';
import { shareBatches } from './share-batches.ts';
import { copyStableFiles, stableFolder } from './stable-copies.ts';
import type { StableCopy } from './stable-copies.ts';
import { findStableFiles } from './stable-paths.ts';
import { createCommand, judgeCreate } from './tar-create.ts';
import { readTarVersion } from './tar-tool.ts';
import { walk } from './walk.ts';
import type { Found, Selection } from './walk.ts';

/** One scan feeds both the archive and the index; see `classify` for what is stored. */
export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const options = readOptions(context.options);
  const version = await readTarVersion(context.tools);
  if (!version.ok) return version;
  const roots = resolveRoots(options, context.planDirectory);
  if (!roots.ok) return roots;
  const stable = await takeCopies(context, options, roots.value);
  if (!stable.ok) return stable;
  const capture: Capture = {
    context,
    options,
    roots: roots.value,
    tarVersion: version.value,
    startedMs: context.clock.nowMs(),
    stable: stable.value,
    problems: createProblems(),
    tally: createTally(),
    trail: openTrail(context.scratch),
    ...(context.parent === undefined ? {} : { parent: readParent(context.parent.lines) }),
  };
  return ok(sessionOf(capture));
}

async function takeCopies(context: CaptureContext, options: FilesOptions, roots: Roots) {
  const paths = findStableFiles(options, roots);
  return paths.ok ? copyStableFiles(context, paths.value) : paths;
}

interface Capture {
  readonly context: CaptureContext;
  readonly options: FilesOptions;
  readonly roots: Roots;
  readonly tarVersion: string;
  readonly startedMs: number;
  readonly stable: ReadonlyMap<BytePath, StableCopy>;
  readonly problems: Problems;
  readonly tally: Tally;
  readonly trail: DirectoryTrail;
  readonly parent?: ParentCursor;
}

function sessionOf(capture: Capture): CaptureSession {
  const [forTar, forIndex] = shareBatches(scan(capture));
  return {
    artifacts: [
      {
        name: 'files',
        extension: 'tar',
        mediaType: 'application/x-tar',
        source: { kind: 'command', command: createCommand(namesOf(forTar), standInsOf(capture)) },
        settle: ({ command }) => settle(capture, command),
      },
    ],
    facts: { ...rootFacts(capture.roots), tar: capture.tarVersion },
    entries: () => linesOf(forIndex),
    finish: () => Promise.resolve(ok(summarize(capture))),
    async close() {
      capture.trail.close();
      await capture.parent?.stop();
    },
  };
}

function standInsOf({ context, stable }: Capture): string | undefined {
  return stable.size === 0 ? undefined : bytesOf(stableFolder(context.scratch)).toString();
}

function scan(capture: Capture): AsyncGenerator<Batch, void, undefined> {
  const { context, roots, problems, tally, trail, parent, stable } = capture;
  const onFound = (found: Found) => {
    tally.add(found);
    if (found.type === 'directory') trail.add(found);
  };
  return classify({
    events: walk({ base: '', roots: roots.top, nested: roots.nested, selection: selectionOf(capture) }),
    problems,
    clock: context.clock,
    stable,
    onFound,
    stopped: () => context.signal.aborted || refusesUnreadable(capture),
    ...(parent === undefined ? {} : { parent }),
  });
}

/** The copies may lie below a captured path; under their own names they are no part of it. */
function selectionOf({ context, options }: Capture): Selection {
  const selection = createSelection(options);
  const copies = stableFolder(context.scratch);
  return { ...selection, touches: (path, root) => path !== copies && selection.touches(path, root) };
}

/** Ends quietly where the scan fails: the reader of the index gets the reason. */
async function* namesOf(batches: AsyncIterable<Batch>): AsyncGenerator<Uint8Array> {
  const iterator = batches[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      if (next.value.names.length > 0) yield next.value.names;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* linesOf(batches: AsyncIterable<Batch>): AsyncGenerator<Buffer> {
  for await (const { lines } of batches) yield* lines;
}

function refusesUnreadable({ options, problems }: Capture): boolean {
  return options.onUnreadable === 'fail' && problems.count('unreadable') > 0;
}

async function settle(
  capture: Capture,
  command: CommandOutcome | undefined,
): Promise<Result<ArtifactEvidence>> {
  const { context, problems } = capture;
  if (context.signal.aborted) return failed(failure('INTERRUPTED', 'the capture was interrupted'));
  if (command === undefined) return failed(failure('SOURCE_FAILED', 'tar did not run'));
  const packed = judgeCreate(command, problems);
  if (refusesUnreadable(capture)) {
    return failed(failure('SOURCE_UNREADABLE', `cannot read ${problems.some('unreadable')}`));
  }
  if (!packed.ok) return packed;
  const same = await checkDirectories(capture);
  if (!same.ok) return same;
  const guarded = guard(capture, packed.value.rawBytes);
  if (guarded !== undefined) return failed(guarded);
  const tolerated = checkChanges(capture);
  if (!tolerated.ok) return tolerated;
  const counts = countsOf(problems);
  return ok({ ...packed.value, ...counts, tool: 'tar', toolVersion: capture.tarVersion });
}

function guard({ context, roots, tally }: Capture, rawBytes: number): Failure | undefined {
  return checkGuards({
    guards: context.guards,
    roots,
    tally,
    ...(context.previous === undefined ? {} : { previous: context.previous }),
    ...(context.mode === 'full' ? { fullBytes: rawBytes } : {}),
  });
}

async function checkDirectories({ trail, problems }: Capture): Promise<Result<void>> {
  const { swapped, vanished } = await trail.recheck();
  for (const path of vanished) problems.add('vanished', path);
  const [first] = swapped;
  if (first === undefined) return ok();
  const message = `${displayBytes(first)} was replaced while it was read`;
  return failed(failure('SOURCE_CHANGED', message, { facts: { directories: swapped.length } }));
}

function checkChanges({ context, options, problems }: Capture): Result<void> {
  if (problems.overflowed()) {
    return failed(
      failure('SOURCE_CHANGED', 'more files changed, vanished or were unreadable than can be listed'),
    );
  }
  const count = problems.count('changed') + problems.count('vanished');
  const { onFileChange } = options;
  const tolerated = onFileChange === 'warn' || (onFileChange === 'retry' && context.lastAttempt === true);
  if (count === 0 || tolerated) return ok();
  const kind = problems.count('changed') > 0 ? 'changed' : 'vanished';
  return failed(failure('SOURCE_CHANGED', `${problems.some(kind)} ${kind} while it was read`));
}

/** The record is not encrypted, so it holds no names. */
function countsOf(problems: Problems): Pick<ArtifactEvidence, 'warnings' | 'skipped'> {
  const describe = (kind: 'changed' | 'vanished' | 'unreadable' | 'socket', what: string) => {
    const count = problems.count(kind);
    return count === 0 ? [] : [`${String(count)} ${count === 1 ? 'file' : 'files'} ${what}`];
  };
  return {
    warnings: [
      ...describe('changed', 'changed while being read'),
      ...describe('vanished', 'vanished while being read'),
      ...describe('unreadable', 'could not be read'),
    ],
    skipped: describe('socket', 'listed but not stored: sockets have no content'),
  };
}

function summarize({ startedMs, problems, roots, parent, stable }: Capture): CaptureSummary {
  const known = JSON.stringify(parent?.facts()['roots'] ?? []);
  const foreign = [...stable.values()].filter(({ keepsOwner }) => !keepsOwner).length;
  const gone = roots.missing.filter((path) => known.includes(`"configured":${JSON.stringify(path)}`));
  return {
    consistentAtMs: startedMs,
    warnings: [
      ...gone.map(() => 'an optional path that was there last time is missing'),
      ...(foreign === 0 ? [] : [`${String(foreign)} stable files are stored with the owner of this process`]),
    ],
    log: [...problems.log(), ...roots.missing.map((path) => `missing ${path}`)],
  };
}
