import type { Command, CommandOutcome } from './command.ts';
import type { Result } from './result.ts';

/**
 * Children joined by kernel pipes (FIFOs), so that plaintext does not pass through JavaScript.
 * Implemented in `platform/pipeline.ts`, the only module that joins children.
 */
export interface Pipelines {
  /**
   * Runs source → stages → sink and settles when every child has ended and every pipe is drained.
   * Exit codes are reported, not judged: a caller must look at every outcome. Failures of the
   * machinery itself (TOOL_MISSING, TOOL_TIMEOUT, SIZE_LIMIT, INTERRUPTED, or the failure that the
   * sink returned) stop the whole group: TERM, then KILL after a grace.
   */
  run(request: PipelineRequest): Promise<Result<PipelineOutcome>>;
}

export interface PipelineRequest {
  readonly source: PipelineSource;
  /** Filters: stdin → stdout. */
  readonly stages: readonly PipelineStage[];
  readonly sink: PipelineSink;
  readonly signal: AbortSignal;
  /** No byte moved anywhere for this long ⇒ TOOL_TIMEOUT. */
  readonly idleTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** Cap on the bytes that leave the source ⇒ SIZE_LIMIT (checked at a tap, or by polling). */
  readonly maxSourceBytes?: number;
  /** Cap on the bytes that reach the sink ⇒ SIZE_LIMIT (checked where Node sees them, or by polling). */
  readonly maxSinkBytes?: number;
  /** Bytes so far where Node sees them: at the sink, else at the source. */
  readonly onProgress?: (bytes: number) => void;
}

export type PipelineSource =
  | { readonly kind: 'command'; readonly command: Command; readonly tap?: Tap }
  /** Opened O_RDONLY|O_NOFOLLOW and passed as the first stage's stdin. */
  | { readonly kind: 'file'; readonly path: string }
  /** Written by Node with backpressure. */
  | { readonly kind: 'bytes'; readonly bytes: AsyncIterable<Uint8Array> };

export interface PipelineStage {
  /** Short name for messages: `zstd`, `gpg`. */
  readonly name: string;
  readonly command: Command;
  /** Also open a pipe on this fd and collect what the child writes to it (gpg --status-fd). */
  readonly statusFd?: number;
  /** A secret (≤ 4 KiB) that the child reads from this fd; masked in all output. */
  readonly secretInput?: { readonly fd: number; readonly text: string };
}

export type PipelineSink =
  /** A consumer that reads stdin; what it prints is kept with its stderr. */
  | { readonly kind: 'command'; readonly command: Command; readonly tap?: Tap }
  /** Created O_EXCL|O_NOFOLLOW 0600, fsynced. */
  | { readonly kind: 'file'; readonly path: string }
  /** Node reads the bytes; a failure it returns stops the pipeline. */
  | { readonly kind: 'bytes'; readonly consume: (bytes: AsyncIterable<Buffer>) => Promise<Result<void>> };

/** Passes bytes through Node to count them and to keep their end, e.g. for a completion marker. */
export interface Tap {
  /** How much of the end to keep, ≤ 64 KiB. */
  readonly tailBytes: number;
  /** Sees every chunk, e.g. to digest or scan; must not keep it. */
  readonly onBytes?: (chunk: Buffer) => void;
}

export interface PipelineOutcome {
  /** Present for a command source. */
  readonly source?: CommandOutcome;
  /** One per stage, in order. */
  readonly stages: readonly StageOutcome[];
  /** Present for a command sink. */
  readonly sink?: CommandOutcome;
  /** Bytes that left the source, where a tap, a file or a Node source counted them. */
  readonly sourceBytes?: number;
  /** Last bytes of a tapped source. */
  readonly tail?: Buffer;
  /** Bytes that reached a `file` or `bytes` sink, or a `command` sink through its tap. */
  readonly sinkBytes?: number;
  readonly durationMs: number;
}

export interface StageOutcome extends CommandOutcome {
  readonly name: string;
  /** Lines collected from `statusFd`. */
  readonly status?: string;
}
