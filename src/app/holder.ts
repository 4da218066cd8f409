import { readFileSync, readlinkSync } from 'node:fs';

const HOLDER = /^(?<who>[^ ]+)@(?<host>[^ @]+) \(pid (?<pid>\d+), started (?<started>\d+), boot (?<boot>[0-9a-f-]+), namespace (?<space>\d+)\)$/;

/** `ops@db-1 (pid 4711, started 12345, boot …)`: enough to find the process, or to know that it is gone. */
export function describeHolder(user: string, host: string): string {
  const started = startOf(process.pid) ?? '0';
  return `${user}@${host} (pid ${String(process.pid)}, started ${started}, boot ${bootId()}, namespace ${pidNamespace()})`;
}

/**
 * True only for a process of this host that is gone: another boot, no such pid, or the pid given to
 * another process since. What runs elsewhere is never known to be dead.
 */
export function isDeadHolder(holder: string, host: string): boolean {
  const named = HOLDER.exec(holder)?.groups;
  if (named === undefined || named['host'] !== host) return false;
  const boot = bootId();
  if (boot === UNKNOWN_BOOT || named['boot'] === UNKNOWN_BOOT) return false;
  if (named['boot'] !== boot) return true;
  if (named['space'] !== pidNamespace()) return false;
  return startOf(Number(named['pid'])) !== named['started'];
}

const UNKNOWN_BOOT = '0';

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return UNKNOWN_BOOT;
  }
}

/** Pids of another namespace say nothing about who lives here. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Start time in clock ticks since boot: field 22 of /proc/PID/stat, counted after the command's name. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
