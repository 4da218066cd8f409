import type { Timers } from '../../domain/clock.ts';
import { formatBytes } from '../../domain/size.ts';

export interface ProgressOptions {
  readonly stderr: { write(text: string): unknown };
  readonly isTTY: boolean;
  readonly timers: Timers;
}

export interface ProgressView {
  readonly onProgress: (progress: {
    readonly resource: string;
    readonly bytes: number;
    readonly totalBytes: number;
  }) => void;
  /** Takes the line away, so that another one can be written. */
  clear(): void;
  close(): void;
}

const HEARTBEAT_MS = 30_000;
const REDRAW_MS = 200;

/** How much of a long restore has been read: one line that stays in place, or a line every 30 s. */
export function createProgressView({ stderr, isTTY, timers }: ProgressOptions): ProgressView {
  const read = new Map<string, { readonly bytes: number; readonly totalBytes: number }>();
  let cancel: (() => void) | undefined;
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr.write('\r\u001b[2K');
    isShown = false;
  };
  const draw = (): void => {
    const text = [...read].map(([name, one]) => `${name}: ${amountOf(one)}`).join(', ');
    clear();
    stderr.write(isTTY ? text : `${text}\n`);
    isShown = isTTY;
    cancel = undefined;
  };
  return {
    onProgress: ({ resource, bytes, totalBytes }) => {
      read.set(resource, { bytes, totalBytes });
      cancel ??= timers.after(isTTY ? REDRAW_MS : HEARTBEAT_MS, draw);
    },
    clear,
    close: () => {
      cancel?.();
      cancel = undefined;
      clear();
    },
  };
}

/** Indexes are read too, so that the sum may go a little beyond what the artifacts hold. */
function amountOf({ bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number }): string {
  return `${formatBytes(Math.min(bytes, totalBytes))} of ${formatBytes(totalBytes)} read`;
}
