import { readFileSync, readdirSync } from 'node:fs';

/** Of a process at its largest. */
export interface Usage {
  rssKiB: number;
  descriptors: number;
}

const EVERY_MS = 50;

/** Looks at a running process again and again; the result has what was largest. */
export function watchProcess(pid: number): { stop(): Usage } {
  const usage: Usage = { rssKiB: 0, descriptors: 0 };
  const look = (): void => {
    const now = usageOf(pid);
    usage.rssKiB = Math.max(usage.rssKiB, now.rssKiB);
    usage.descriptors = Math.max(usage.descriptors, now.descriptors);
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return usage;
    },
  };
}

/** Nothing for a process that is gone. */
export function usageOf(pid: number): Usage {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const rssKiB = Number(/^VmRSS:\s+(\d+)/mu.exec(status)?.[1] ?? 0);
    return { rssKiB, descriptors: readdirSync(`/proc/${String(pid)}/fd`).length };
  } catch {
    return { rssKiB: 0, descriptors: 0 };
  }
}

const ENOUGH_TO_COMPARE = 9;

/** Whether what was measured again and again has grown: the middle of its last third against that of its first. */
export function hasGrown(values: readonly number[], factor: number, allowance: number): boolean {
  if (values.length < ENOUGH_TO_COMPARE) return false;
  const third = Math.floor(values.length / 3);
  return median(values.slice(-third)) > median(values.slice(0, third)) * factor + allowance;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
