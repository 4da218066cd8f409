import { setTimeout as after } from 'node:timers/promises';
import { failure } from '../domain/failure.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import type { Descriptors } from './descriptors.ts';
import { failureFromErrno } from '../domain/errno.ts';
import type { Control } from './pipeline-control.ts';
import type { Part } from './pipeline-wiring.ts';
import { signalGroup, stopGroup, untrackGroup, writersOf } from './process-group.ts';

export interface StartRequest {
  readonly parts: readonly Part[];
  readonly descriptors: Descriptors;
  readonly control: Control;
  readonly home: string;
  readonly killGraceMs: number;
}

export interface RunningParts {
  /** Those that could be started, in order. */
  readonly children: readonly Child[];
  /** Settles when Node has fed what it feeds. */
  readonly fed: Promise<void>;
  /** Settles when every child has ended, or could not be killed within twice the grace. */
  readonly ended: Promise<void>;
  /** TERM to every group, KILL after the grace. */
  stop(): void;
  /** Kills what children left behind. */
  release(): void;
}

/** Starts the children and closes, in this process, every descriptor that they were given. */
export async function startParts(request: StartRequest): Promise<RunningParts> {
  const { parts, control, killGraceMs } = request;
  const children = await startAll(request);
  const finished = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    control.onFailure(() => setTimeout(resolve, 2 * killGraceMs).unref());
  });
  const stop = () => {
    for (const part of parts) part.feeder?.writer.destroy();
    for (const child of children) stopGroup(child.pid, killGraceMs);
  };
  if (control.failure() !== undefined) stop();
  const settled = Promise.all(children.map((child) => child.ended)).then(() => undefined);
  children.forEach((child, at) => {
    void child.ended.then(() => superviseRest({ ...request, children, at, finished: finished.signal }));
  });
  return {
    children,
    fed: control.failure() === undefined ? feed(parts, control) : Promise.resolve(),
    ended: Promise.race([settled, stopped]),
    stop,
    release() {
      finished.abort();
      for (const { pid } of children) {
        signalGroup(pid, 'SIGKILL');
        untrackGroup(pid);
      }
    },
  };
}

async function startAll({ parts, descriptors, control, home }: StartRequest): Promise<Child[]> {
  const children: Child[] = [];
  for (const part of parts) {
    const started = await startChild(part.ready, part.descriptors, home);
    for (const fd of part.pipes) descriptors.close(fd);
    if (started.ok) children.push(started.value);
    else control.fail(started.failure);
  }
  return children;
}

async function feed(parts: readonly Part[], control: Control): Promise<void> {
  await Promise.all(
    parts.map(async ({ feeder }) => {
      try {
        await feeder?.writer.writeAll(feeder.bytes);
      } catch (error) {
        if (control.failure() === undefined) control.fail(failureFromErrno(error, 'cannot read the source'));
      }
    }),
  );
}

interface Supervised extends StartRequest {
  readonly children: readonly Child[];
  readonly at: number;
  readonly finished: AbortSignal;
}

/** A child has ended: nobody reads what those before it write, and nobody may keep its output open. */
async function superviseRest({
  parts,
  control,
  killGraceMs,
  children,
  at,
  finished,
}: Supervised): Promise<void> {
  parts[at]?.feeder?.writer.destroy();
  if (!(await passed(killGraceMs, finished))) return;
  for (const child of children.slice(0, at)) {
    if (child.running()) stopGroup(child.pid, killGraceMs);
  }
  const part = parts[at];
  const keepers = part?.outputLabel === undefined ? [] : writersOf(part.outputLabel);
  if (part === undefined || keepers.length === 0) return;
  control.fail(
    failure('TOOL_TIMEOUT', `${part.name} ended but left a process behind that keeps its output open`),
  );
  for (const pid of keepers) signalProcess(pid);
}

async function passed(ms: number, finished: AbortSignal): Promise<boolean> {
  try {
    await after(ms, undefined, { signal: finished });
    return true;
  } catch {
    return false;
  }
}

function signalProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
