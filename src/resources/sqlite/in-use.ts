import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import type { PlaceContext } from '../../domain/resource-type.ts';
import { ok, type Result } from '../../domain/result.ts';
import { livePath } from './live-places.ts';

/**
 * Who has the database open. Read from /proc alone: to ask SQLite would roll back the journal, or
 * write back the log, of a database that the restore is about to move into safety. Without root,
 * files that other users' programs have open show only by the locks on them.
 */
export async function databaseInUse(context: PlaceContext): Promise<Result<string | undefined>> {
  const live = await livePath(context);
  if (!live.ok) return live;
  const database = statOf(live.value);
  if (database === undefined) return ok(undefined);
  const holder = holderOf(database) ?? lockerOf(database);
  return ok(holder === undefined ? undefined : `${live.value} is open in ${nameOf(holder)}`);
}

function holderOf(database: BigIntStats): string | undefined {
  const processes = namesIn('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return processes.find((pid) =>
    namesIn(`/proc/${pid}/fd`).some((fd) => {
      const opened = statOf(`/proc/${pid}/fd/${fd}`);
      return opened?.ino === database.ino && opened.dev === database.dev;
    }),
  );
}

/** `1: POSIX  ADVISORY  READ 4242 08:01:131090 1073741826 1073742335` */
function lockerOf({ dev, ino }: BigIntStats): string | undefined {
  const place = `${deviceOf(dev)}:${String(ino)}`;
  const fields = textOf('/proc/locks')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return fields.find((words) => words[5] === place)?.[4];
}

/** Major and minor number in hex, as the kernel prints them. */
function deviceOf(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((number) => number.toString(16).padStart(2, '0')).join(':');
}

function nameOf(pid: string): string {
  const name = textOf(`/proc/${pid}/comm`).trim();
  return name === '' ? `process ${pid}` : `${name} (process ${pid})`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
