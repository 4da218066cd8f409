import { fstatSync, fsync, write } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { CommandOutcome } from '../domain/command.ts';
import type { PipelineOutcome, PipelineRequest, Pipelines, StageOutcome } from '../domain/pipeline.ts';
import type { Failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import type { Child } from './child.ts';
import { positionOf } from './child-io.ts';
import { failureFromErrno } from '../domain/errno.ts';
import type { Masker } from './masker.ts';
import { createControl, sizeLimit, watch } from './pipeline-control.ts';
import type { Control } from './pipeline-control.ts';
import { startParts } from './pipeline-children.ts';
import { wire } from './pipeline-wiring.ts';
import type { Part, Wiring } from './pipeline-wiring.ts';
import { runtimeDirectory } from './runtime-directory.ts';

const writeTo = promisify(write);
const sync = promisify(fsync);

export interface PipelineSettings {
  readonly masker: Masker;
  /** Between TERM and KILL, and for what a child leaves behind. Default 5 s. */
  readonly killGraceMs?: number;
}

export function createPipelines({ masker, killGraceMs = 5_000 }: PipelineSettings): Pipelines {
  return {
    async run(request) {
      const runtime = await runtimeDirectory();
      if (!runtime.ok) return runtime;
      const control = createControl();
      const wiring = await wire({ request, control, masker, directory: runtime.value.path });
      if (!wiring.ok) return wiring;
      try {
        const outcome = await drive({
          request,
          control,
          wiring: wiring.value,
          home: runtime.value.home,
          killGraceMs,
        });
        if (!outcome.ok && request.sink.kind === 'file') await rm(request.sink.path, { force: true });
        return outcome;
      } finally {
        wiring.value.descriptors.closeAll();
      }
    },
  };
}

interface Drive {
  readonly request: PipelineRequest;
  readonly control: Control;
  readonly wiring: Wiring;
  readonly home: string;
  readonly killGraceMs: number;
}

async function drive({
  request,
  control,
  wiring,
  home,
  killGraceMs,
}: Drive): Promise<Result<PipelineOutcome>> {
  const startedMs = performance.now();
  const running = await startParts({
    parts: wiring.parts,
    descriptors: wiring.descriptors,
    control,
    home,
    killGraceMs,
  });
  control.onFailure(() => {
    running.stop();
    for (const reader of wiring.readers) reader.destroy();
  });
  const unwatch = watch(request, control, watched(request, wiring, running.children));
  try {
    const consumed = consume(request, wiring, control);
    await Promise.all([running.fed, consumed]);
    await running.ended;
    checkSize(request, wiring, control);
    await settleFile(request, wiring, control);
  } finally {
    unwatch();
    running.release();
  }
  const reason = control.failure();
  const outcomes = await outcomesOf(wiring.parts, running.children, killGraceMs);
  if (reason !== undefined) return failed(withToolOutput(reason, outcomes));
  const durationMs = Math.round(performance.now() - startedMs);
  return ok({ ...byRole(request, outcomes), ...counts(control, wiring), durationMs });
}

function watched(request: PipelineRequest, wiring: Wiring, children: readonly Child[]) {
  const [first] = children;
  const last = children.at(request.sink.kind === 'command' ? -2 : -1);
  const { sourceFd } = wiring;
  return {
    children,
    ...(request.source.kind === 'command' && first !== undefined ? { source: first } : {}),
    ...(last === undefined ? {} : { last }),
    ...(sourceFd === undefined ? {} : { position: () => positionOf(sourceFd) }),
  };
}

/** The last bytes may have passed between two polls. */
function checkSize({ maxSourceBytes }: PipelineRequest, { sourceFd }: Wiring, control: Control): void {
  if (maxSourceBytes === undefined || sourceFd === undefined) return;
  if ((positionOf(sourceFd) ?? 0) > maxSourceBytes) control.fail(sizeLimit(maxSourceBytes));
}

/** Takes to the sink what no child takes there. */
async function consume(
  { sink }: PipelineRequest,
  { rest, sinkFd, readers }: Wiring,
  control: Control,
): Promise<void> {
  if (rest === undefined) return;
  try {
    if (sink.kind === 'bytes') {
      const taken = await sink.consume(rest);
      if (!taken.ok) control.fail(taken.failure);
    } else if (sinkFd !== undefined) {
      await writeFile(sinkFd, rest);
    }
  } catch (error) {
    // Once it has been stopped, the iteration ends with an error that says nothing new.
    if (control.failure() === undefined) control.fail(failureFromErrno(error, 'cannot take the output'));
  } finally {
    // A sink that has enough need not say so: whoever still writes to it gets a broken pipe.
    readers.at(-1)?.destroy();
  }
}

async function writeFile(fd: number, bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of bytes) {
    for (let done = 0; done < chunk.length;) done += (await writeTo(fd, chunk.subarray(done))).bytesWritten;
  }
}

/** A file counts only once it is on the disk. Never tried twice: a second fsync would hide the loss. */
async function settleFile({ sink }: PipelineRequest, { sinkFd }: Wiring, control: Control): Promise<void> {
  if (sink.kind !== 'file' || sinkFd === undefined || control.failure() !== undefined) return;
  try {
    await sync(sinkFd);
    control.sinkBytes = fstatSync(sinkFd).size;
  } catch (error) {
    control.fail(failureFromErrno(error, `cannot write ${sink.path}`));
  }
}

async function outcomesOf(
  parts: readonly Part[],
  children: readonly Child[],
  graceMs: number,
): Promise<StageOutcome[]> {
  return Promise.all(
    children.map(async (child, at) => {
      const part = parts[at];
      const stderr = (await part?.stderr.text(graceMs)) ?? '';
      const status = await part?.status?.text(graceMs);
      const ending = await Promise.race([child.ended, setTimeout(graceMs, NEVER_ENDED, { ref: false })]);
      return { name: part?.name ?? '', ...ending, stderr, ...(status === undefined ? {} : { status }) };
    }),
  );
}

/** A child that not even KILL ends within the grace waits inside the kernel; the run has failed already. */
const NEVER_ENDED = { durationMs: 0 };

function byRole({ source, sink }: PipelineRequest, outcomes: readonly StageOutcome[]) {
  const stages = [...outcomes];
  const first = source.kind === 'command' ? stages.shift() : undefined;
  const last = sink.kind === 'command' ? stages.pop() : undefined;
  return {
    stages,
    ...(first === undefined ? {} : { source: withoutName(first) }),
    ...(last === undefined ? {} : { sink: withoutName(last) }),
  };
}

function withoutName({ name: _name, ...outcome }: StageOutcome): CommandOutcome {
  return outcome;
}

function counts({ sourceBytes, sinkBytes }: Control, { sourceFd, tail }: Wiring) {
  const source = sourceBytes ?? (sourceFd === undefined ? undefined : positionOf(sourceFd));
  const kept = tail();
  return {
    ...(source === undefined ? {} : { sourceBytes: source }),
    ...(sinkBytes === undefined ? {} : { sinkBytes }),
    ...(kept === undefined ? {} : { tail: kept }),
  };
}

function withToolOutput(reason: Failure, outcomes: readonly StageOutcome[]): Failure {
  const said = outcomes
    .filter(({ stderr }) => stderr !== '')
    .map(({ name, stderr }) => `${name}: ${stderr.slice(-2_000).trimEnd()}`);
  return reason.toolOutput !== undefined || said.length === 0
    ? reason
    : { ...reason, toolOutput: said.join('\n') };
}
