import { lstatSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { failure } from '../../domain/failure.ts';
import { displayBytes, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { statsAt } from './diff-entry.ts';
import { isFresh } from './entry-line.ts';
import { join, textOfPath } from './locate.ts';
import { inspectStableFile } from './stable-paths.ts';
import { systemPath } from './walk.ts';

/** A copy that no writer can tear any more; it is archived in the place of its file. */
export interface StableCopy {
  /** What the file was while it was copied. */
  readonly stats: BigIntStats;
  /** Of the copy, as tar is to find it. */
  readonly name: BytePath;
  /** False where only root could have kept it. */
  readonly keepsOwner: boolean;
}

/** Where in a capture's scratch the copies lie, each under its own path. */
export function stableFolder(scratch: string): BytePath {
  return toBytePath(`${scratch}/stable`).replace(/^\/+/, '');
}

/**
 * Copies each file until it was the same before and after. Hazard: what is written through a memory
 * mapping may leave no trace in the times of a file.
 */
export async function copyStableFiles(
  context: CaptureContext,
  paths: readonly BytePath[],
): Promise<Result<ReadonlyMap<BytePath, StableCopy>>> {
  const copies = new Map<BytePath, StableCopy>();
  for (const path of paths) {
    const copy = await copyUntilStable(context, path);
    if (!copy.ok) return copy;
    copies.set(path, copy.value);
  }
  return ok(copies);
}

const PAUSES_MS = [50, 100, 200, 400, 800, 1_600, 2_000];

async function copyUntilStable(context: CaptureContext, path: BytePath): Promise<Result<StableCopy>> {
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    const copy = await copyOnce(context, path);
    if (!copy.ok) return copy;
    if (copy.value !== undefined) return ok(copy.value);
    if (pauseMs === undefined) break;
    // An interruption is told by the next try.
    await setTimeout(pauseMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
  const message = `${displayBytes(path)} changed each of the ${String(PAUSES_MS.length + 1)} times that it was copied`;
  const hint = 'Stop its writer with hooks.before, and start it again with hooks.after.';
  return failed(failure('SOURCE_CHANGED', message, { hint }));
}

/** Undefined where the file changed meanwhile, or so recently that a change could hide. */
async function copyOnce(context: CaptureContext, path: BytePath): Promise<Result<StableCopy | undefined>> {
  if (context.signal.aborted) return failed(failure('INTERRUPTED', 'the capture was interrupted'));
  const before = inspectStableFile(path);
  if (!before.ok) return before;
  if (isFresh(before.value.ctimeNs, BigInt(context.clock.nowMs()) * 1_000_000n)) return ok(undefined);
  const name = join(stableFolder(context.scratch), path);
  const copied = await copyFile(context, path, name);
  if (!copied.ok) return copied;
  const after = statsAt(systemPath('', path));
  const copy = lstatSync(systemPath('', name), { bigint: true });
  if (!isSame(before.value, after) || !copy.isFile() || copy.size !== before.value.size) return ok(undefined);
  const keepsOwner = copy.uid === before.value.uid && copy.gid === before.value.gid;
  return ok({ stats: before.value, name, keepsOwner });
}

function isSame(before: BigIntStats, after: BigIntStats | 'none' | 'closed'): boolean {
  if (typeof after === 'string') return false;
  return (['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const).every((key) => before[key] === after[key]);
}

async function copyFile(
  { tools, signal }: CaptureContext,
  path: BytePath,
  copy: BytePath,
): Promise<Result<void>> {
  const [from, to] = [textOfPath(path), textOfPath(copy)];
  if (!from.ok) return from;
  if (!to.ok) return to;
  await rm(`/${to.value}`, { force: true });
  await mkdir(dirname(`/${to.value}`), { recursive: true, mode: 0o700 });
  const options = ['--archive', '--no-dereference', '--reflink=auto', '--sparse=auto'] as const;
  const argv = ['cp', ...options, '--', `/${from.value}`, `/${to.value}`] as const;
  const run = await tools.run({ argv, env: { LC_ALL: 'C' } }, { signal });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  const { stderr } = run.value;
  const code = /No space left on device|Disk quota exceeded/.test(stderr)
    ? 'TARGET_FULL'
    : 'SOURCE_UNREADABLE';
  const toolOutput = stderr.slice(-4096);
  return failed(failure(code, `cannot copy ${displayBytes(path)} into the scratch folder`, { toolOutput }));
}
