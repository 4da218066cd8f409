import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { PipelineRequest } from '../domain/pipeline.ts';
import type { Child } from './child.ts';
import { bytesMoved } from './child-io.ts';

/** What the parts of one running pipeline share: byte counts and the first failure. */
export interface Control {
  /** Bytes that Node saw leave the source; undefined where they do not pass through Node. */
  sourceBytes: number | undefined;
  sinkBytes: number | undefined;
  /** Grows whenever Node moved a byte. */
  moves: number;
  readonly failure: () => Failure | undefined;
  /** The first failure counts; it stops everything. */
  fail(reason: Failure): void;
  /** Calls `listener` once, at the first failure or now where there has been one. */
  onFailure(listener: () => void): void;
}

export function createControl(): Control {
  const listeners: (() => void)[] = [];
  let first: Failure | undefined;
  return {
    sourceBytes: undefined,
    sinkBytes: undefined,
    moves: 0,
    failure: () => first,
    fail(reason) {
      if (first !== undefined) return;
      first = reason;
      for (const listener of listeners) listener();
    },
    onFailure(listener) {
      if (first === undefined) listeners.push(listener);
      else listener();
    },
  };
}

const POLL_MS = 200;

export interface Watched {
  readonly children: readonly Child[];
  /** The child that produces, where there is one whose output Node does not see. */
  readonly source?: Child;
  /** The child whose output the sink takes. */
  readonly last?: Child;
  /** How far a source file has been read. */
  readonly position?: () => number | undefined;
}

/** Enforces the limits of a request until the returned function is called. */
export function watch(request: PipelineRequest, control: Control, watched: Watched): () => void {
  const stops = [watchAbort(request.signal, control)];
  if (request.timeoutMs !== undefined) stops.push(watchTotal(request.timeoutMs, control));
  if (request.idleTimeoutMs !== undefined)
    stops.push(watchIdle(request.idleTimeoutMs, control, watched.children));
  if (request.maxSourceBytes !== undefined || request.maxSinkBytes !== undefined) {
    stops.push(watchSizes(request, control, watched));
  }
  return () => {
    for (const stop of stops) stop();
  };
}

function watchAbort(signal: AbortSignal, control: Control): () => void {
  const abort = () => {
    control.fail(failure('INTERRUPTED', 'interrupted'));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}

function watchTotal(timeoutMs: number, control: Control): () => void {
  const timer = setTimeout(() => {
    control.fail(
      failure('TOOL_TIMEOUT', `not finished after ${seconds(timeoutMs)}`, { facts: { timeoutMs } }),
    );
  }, timeoutMs);
  return () => {
    clearTimeout(timer);
  };
}

/** Bytes between children do not pass through Node: the kernel's counters say whether they move. */
function watchIdle(idleTimeoutMs: number, control: Control, children: readonly Child[]): () => void {
  let seen = '';
  let sinceMs = performance.now();
  return every(Math.min(POLL_MS, idleTimeoutMs / 4), () => {
    const moved = children.filter((child) => child.running()).map((child) => bytesMoved(child.pid));
    const state = JSON.stringify([control.moves, moved]);
    if (state !== seen) {
      seen = state;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs >= idleTimeoutMs) {
      control.fail(
        failure('TOOL_TIMEOUT', `no byte moved for ${seconds(idleTimeoutMs)}`, { facts: { idleTimeoutMs } }),
      );
    }
  });
}

/** Exact where Node sees the bytes; elsewhere as exact as the kernel's counters, read now and then. */
function watchSizes(
  { maxSourceBytes = Infinity, maxSinkBytes = Infinity }: PipelineRequest,
  control: Control,
  watched: Watched,
): () => void {
  return every(POLL_MS, () => {
    const source = control.sourceBytes ?? watched.position?.() ?? written(watched.source);
    const sink = control.sinkBytes ?? written(watched.last);
    if (source > maxSourceBytes) control.fail(sizeLimit(maxSourceBytes));
    if (sink > maxSinkBytes + MESSAGE_BYTES) control.fail(sizeLimit(maxSinkBytes));
  });
}

/** What a filter may say on stderr, which the kernel counts too. */
const MESSAGE_BYTES = 65_536;

function written(child: Child | undefined): number {
  return child?.running() === true ? (bytesMoved(child.pid)?.written ?? 0) : 0;
}

export function sizeLimit(maxBytes: number): Failure {
  return failure('SIZE_LIMIT', `more than ${String(maxBytes)} bytes`, { facts: { maxBytes } });
}

function every(intervalMs: number, check: () => void): () => void {
  const timer = setInterval(check, intervalMs);
  return () => {
    clearInterval(timer);
  };
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}
