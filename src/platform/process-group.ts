import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Leaders of the process groups that run now. */
const live = new Set<number>();
let guarded = false;

/** From now on the group is killed when this process exits. */
export function trackGroup(leader: number): void {
  live.add(leader);
  if (guarded) return;
  guarded = true;
  process.once('exit', () => {
    for (const group of live) signalGroup(group, 'SIGKILL');
  });
}

export function untrackGroup(leader: number): void {
  live.delete(leader);
}

/** True where the group had a member. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/** TERM now, KILL to whoever is left after the grace. */
export function stopGroup(leader: number, graceMs: number): void {
  if (!signalGroup(leader, 'SIGTERM')) return;
  // A stopped process would never see the TERM.
  signalGroup(leader, 'SIGCONT');
  const timer = setTimeout(() => signalGroup(leader, 'SIGKILL'), graceMs);
  timer.unref();
}

/**
 * Processes that still hold the writing end of a pipe: `label` is what their /proc/<pid>/fd links
 * show. Looks at every process, because a daemon leaves its group. Empty where there is no /proc.
 */
export function writersOf(label: string): number[] {
  return numericEntries('/proc').filter((pid) => pid !== process.pid && writes(pid, label));
}

function writes(pid: number, label: string): boolean {
  return numericEntries(`/proc/${String(pid)}/fd`).some((fd) => {
    try {
      const base = `/proc/${String(pid)}`;
      if (readlinkSync(`${base}/fd/${String(fd)}`) !== label) return false;
      const flags =
        /^flags:\s+([0-7]+)$/m.exec(readFileSync(`${base}/fdinfo/${String(fd)}`, 'latin1'))?.[1] ?? '0';
      return (parseInt(flags, 8) & ACCESS_MODE) !== READ_ONLY;
    } catch {
      return false;
    }
  });
}

const ACCESS_MODE = 3;
const READ_ONLY = 0;

function numericEntries(directory: string): number[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
