import { chmodSync } from 'node:fs';
import { failure } from '../../domain/failure.ts';
import { bytePathOf, parseIndexLine, toBytePath } from '../../domain/index-entry.ts';
import type { RestoreContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import type { Level } from './chain-level.ts';
import { moveMapped } from './move-mapped.ts';
import { treeNames } from './tree-names.ts';
import { systemPath } from './walk.ts';

const SPECIAL_BITS = 0o6000;
const PERMISSION_BITS = 0o7777;

/** Gives a verified tree the owner, the mode of files and the places that were asked for. */
export async function adjust(context: RestoreContext, level: Level): Promise<Result<void>> {
  const owned = context.owner === undefined ? ok() : await giveTo(context, context.owner);
  if (!owned.ok) return owned;
  if (context.fileMode !== undefined) setFileMode(context.staging, context.fileMode);
  else if (context.owner !== undefined) await setSpecialBits(context.staging, level);
  return moveMapped(context, level);
}

/** Hazard: giving a file away also takes its capabilities, which the kernel does on purpose. */
async function giveTo({ staging, tools, signal }: RestoreContext, owner: string): Promise<Result<void>> {
  const argv = ['chown', '--recursive', '--no-dereference', '--', owner, '.'] as const;
  const run = await tools.run({ argv, cwd: staging, env: { LC_ALL: 'C' } }, { signal });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  const toolOutput = run.value.stderr.slice(-4096);
  return failed(failure('RESTORE_FAILED', `the restored files cannot be given to ${owner}`, { toolOutput }));
}

function setFileMode(staging: string, mode: number): void {
  const base = toBytePath(staging);
  for (const { path, type } of treeNames(base)) {
    if (type === 'file') chmodSync(systemPath(base, path), mode);
  }
}

/** A new owner costs a program its setuid and setgid bits. */
async function setSpecialBits(staging: string, level: Level): Promise<void> {
  const special = new Map<string, number>();
  for await (const line of level.lines()) {
    const entry = parseIndexLine(line);
    const mode = entry?.type === 'file' || entry?.type === 'hardlink' ? (entry.mode ?? 0) : 0;
    if (entry !== undefined && (mode & SPECIAL_BITS) !== 0)
      special.set(bytePathOf(entry), mode & PERMISSION_BITS);
  }
  if (special.size === 0) return;
  const base = toBytePath(staging);
  for (const { path, type } of treeNames(base)) {
    const mode = type === 'file' ? special.get(path) : undefined;
    if (mode !== undefined) chmodSync(systemPath(base, path), mode);
  }
}
