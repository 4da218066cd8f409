import { chmod, chown, lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { withDirectory } from './directory.ts';
import type { Attributes } from './plan.ts';

const PERMISSION_BITS = 0o7777;
const NS_PER_SECOND = 1_000_000_000n;

export async function attributesOf(path: string): Promise<Attributes> {
  const { mode, uid, gid, mtimeNs } = await lstat(path, { bigint: true });
  return {
    mode: Number(mode) & PERMISSION_BITS,
    uid: Number(uid),
    gid: Number(gid),
    mtimeNs: String(mtimeNs),
  };
}

/** Owner and mode of a directory; only root gives away. */
export async function setOwnerAndMode(path: string, { mode, uid, gid }: Attributes): Promise<Result<void>> {
  return withDirectory(dirname(path), [], async (directory) => {
    const place = directory.at(basename(path));
    if (process.geteuid?.() === 0) await chown(place, uid, gid);
    await chmod(place, mode);
    return ok();
  });
}

/** To the nanosecond, which Node's own call cannot. */
export async function setTime(tools: Tools, path: string, { mtimeNs }: Attributes): Promise<Result<void>> {
  const ns = BigInt(mtimeNs);
  const seconds = ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0n ? 1n : 0n);
  const fraction = String(ns - seconds * NS_PER_SECOND).padStart(9, '0');
  const date = `--date=@${String(seconds)}.${fraction}`;
  const run = await tools.run({ argv: ['touch', '--no-create', '--no-dereference', '-m', date, '--', path] });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  return failed(
    failure('RESTORE_FAILED', `the time of ${path} cannot be set`, { toolOutput: run.value.stderr }),
  );
}
