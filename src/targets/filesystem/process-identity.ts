import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const FORMAT =
  /^\S+ pid (?<pid>\d+) \(start (?<start>\d+), boot (?<boot>[0-9a-f]+), pidns (?<namespace>\d+), host (?<host>[0-9a-f]+)\)$/;
const HOST_CHARACTERS = 12;

export type Liveness = 'alive' | 'dead' | 'unknown';

interface Process {
  /** Digest of the host's name: names of hosts do not stand on a target in the clear. */
  readonly host: string;
  readonly pid: number;
  /** Clock ticks after boot: tells a process from a later one with the same number. */
  readonly start: string;
  readonly boot: string;
  readonly namespace: string;
}

/**
 * This process in one line: for people who ask who holds something, and for `livenessOf`. `actor` is
 * the name under which it acts, without spaces.
 */
export function describeProcess(actor = 'backup-plan'): string {
  const { host, pid, start, boot, namespace } = currentProcess();
  return `${actor} pid ${String(pid)} (start ${start}, boot ${boot}, pidns ${namespace}, host ${host})`;
}

/** `dead` only where this host can know it: the same boot and the same process numbers. */
export function livenessOf(description: string): Liveness {
  const groups = FORMAT.exec(description)?.groups;
  if (groups === undefined) return 'unknown';
  const own = currentProcess();
  const isComparable =
    groups['host'] === own.host && groups['boot'] === own.boot && groups['namespace'] === own.namespace;
  if (!isComparable) return 'unknown';
  return startOf(Number(groups['pid'])) === groups['start'] ? 'alive' : 'dead';
}

/** True where this host has been started anew since: nothing of before runs any more. */
export function isOfEarlierBoot(description: string): boolean {
  const groups = FORMAT.exec(description)?.groups;
  const own = currentProcess();
  return groups !== undefined && groups['host'] === own.host && groups['boot'] !== own.boot;
}

function currentProcess(): Process {
  return {
    host: createHash('sha256').update(hostname()).digest('hex').slice(0, HOST_CHARACTERS),
    pid: process.pid,
    start: startOf(process.pid) ?? '0',
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8),
    namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
  };
}

/** Undefined where no such process runs; a zombie runs no more. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name in parentheses may hold anything, so fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
