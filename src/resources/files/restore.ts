import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import { bytePathOfLine, bytesOf, parseIndexLine } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { readLevel } from './chain-level.ts';
import type { Level } from './chain-level.ts';
import { adjust } from './adjust-tree.ts';
import { clearForLevel, verifyTree } from './compare-tree.ts';
import type { TreeVerdict } from './compare-tree.ts';
import { removeLenders, withLenders } from './lenders.ts';
import { relink } from './relink.ts';
import { extractCommand, judgeExtract } from './tar-extract.ts';
import type { Extraction } from './tar-extract.ts';
import { readTarVersion } from './tar-tool.ts';
import { readWanted } from './wanted.ts';
import type { Wanted } from './wanted.ts';

/**
 * Every index of the chain is judged before the first write; then each level is unpacked over what
 * the older ones left, once everything that it no longer lists is gone.
 */
export async function restoreFiles(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  const version = await readTarVersion(context.tools);
  if (!version.ok) return version;
  const wanted = readWanted(context.only);
  const levels = await readLevels(context, wanted);
  if (!levels.ok) return levels;
  const last = levels.value.at(-1);
  if (last === undefined) throw new Error('a chain has at least one level');
  if (last.asked === 0 && !wanted.everything) {
    return failed(failure('NOT_FOUND', `nothing of this snapshot matches ${context.only.join(', ')}`));
  }
  const needed = await withLenders(wanted, levels.value);
  const asRoot = process.geteuid?.() === 0;
  const restore: Restore = { context, wanted: needed.wanted, asRoot, warnings: [] };
  for (const [position, level] of levels.value.entries()) {
    const unpacked = await unpack(restore, level, position);
    if (!unpacked.ok) return unpacked;
  }
  removeLenders(context.staging, needed.lenders);
  const restored = await conclude({ ...restore, wanted }, last);
  if (!restored.ok) return restored;
  const adjusted = await adjust(context, last);
  return adjusted.ok ? restored : adjusted;
}

interface Restore {
  readonly context: RestoreContext;
  readonly wanted: Wanted;
  readonly asRoot: boolean;
  readonly warnings: string[];
}

async function readLevels(
  { chain, scratch }: RestoreContext,
  wanted: Wanted,
): Promise<Result<readonly Level[]>> {
  const levels: Level[] = [];
  for (const link of chain) {
    const level = await readLevel(link, { scratch, wanted });
    if (!level.ok) return level;
    levels.push(level.value);
  }
  return ok(levels);
}

async function unpack(restore: Restore, level: Level, position: number): Promise<Result<void>> {
  const { context, wanted, asRoot } = restore;
  if (context.signal.aborted) return failed(failure('INTERRUPTED', 'the restore was interrupted'));
  if (position > 0) await clearForLevel({ tree: context.staging, lines: level.lines(), wanted }, asRoot);
  const linked = position > 0 ? await relink(level, context.staging, wanted) : [];
  const extraction = await prepare(restore, level, { position, linked });
  if (extraction === undefined) return ok();
  const delivered = await level.link.deliver('files', {
    kind: 'command',
    command: extractCommand(extraction),
  });
  if (!delivered.ok) return delivered;
  const said = judgeExtract(delivered.value.sink);
  if (!said.ok) return said;
  restore.warnings.push(...said.value);
  return ok();
}

/** Undefined where nothing of the level was asked for. */
async function prepare(
  { context, wanted, asRoot }: Restore,
  level: Level,
  { position, linked }: { readonly position: number; readonly linked: readonly BytePath[] },
): Promise<Extraction | undefined> {
  const file = (name: string) => join(context.scratch, `${name}-${String(position)}`);
  const { staging, numericOwner = false } = context;
  const extraction: Extraction = { staging, asRoot, numericOwner };
  const unmade = asRoot ? linked : [...linked, ...level.devices];
  const leaveOut = unmade.length === 0 ? undefined : file('leave-out');
  if (leaveOut !== undefined) await writeNames(leaveOut, unmade);
  const excluding = leaveOut === undefined ? {} : { leaveOut };
  if (wanted.everything) return { ...extraction, ...excluding };
  const { exact, below } = await choose(level, wanted, new Set(linked));
  if (below.size === 0 && (linked.length === 0 || exact.size === 0)) return undefined;
  const lists = { exact: file('exact'), below: file('below') };
  await writeNames(lists.exact, exact);
  await writeNames(lists.below, below);
  return { ...extraction, ...excluding, lists };
}

/** Tar fails on a name that its archive does not hold, so only what this level stores is asked for. */
async function choose(
  level: Level,
  wanted: Wanted,
  linked: ReadonlySet<BytePath>,
): Promise<{ readonly exact: ReadonlySet<BytePath>; readonly below: ReadonlySet<BytePath> }> {
  const exact = new Set<BytePath>();
  const below = new Set<BytePath>();
  for await (const line of level.lines()) {
    const path = bytePathOfLine(line);
    if (path === undefined) continue;
    const verdict = wanted.verdict(path);
    if (verdict === 'no' || linked.has(path)) continue;
    if (parseIndexLine(line)?.stored !== true) continue;
    if (verdict !== 'asked') exact.add(bare(path));
    else
      for (const prefix of wanted.prefixes) if (`${bare(path)}/`.startsWith(`${prefix}/`)) below.add(prefix);
  }
  return { exact, below };
}

async function writeNames(file: string, names: Iterable<BytePath>): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for (const name of names) await handle.writeFile(bytesOf(`${name}\0`));
  } finally {
    await handle.close();
  }
}

async function conclude(restore: Restore, last: Level): Promise<Result<RestoreOutcome>> {
  const { context, wanted, asRoot } = restore;
  const verdict = await verifyTree({
    tree: context.staging,
    lines: last.lines(),
    wanted,
    excused: last.excused,
    asRoot,
    skipped: new Set(asRoot ? [] : last.devices),
  });
  const [first] = verdict.wrong;
  if (first !== undefined) {
    const message = `${String(verdict.wrong.length)} entries are not as the index lists them, the first is ${first}`;
    return failed(failure('RESTORE_FAILED', message, { facts: { paths: verdict.wrong.slice(0, 20) } }));
  }
  const warnings = [...restore.warnings, ...warningsOf(verdict, asRoot)];
  return ok({ entries: verdict.entries, bytes: verdict.bytes, warnings });
}

function warningsOf({ notStored, excused }: TreeVerdict, asRoot: boolean): string[] {
  return [
    ...(asRoot ? [] : ['owners were not restored: only root can set them']),
    ...(notStored === 0
      ? []
      : [`${String(notStored)} entries are listed but were not stored or cannot be made`]),
    ...(excused === 0 ? [] : [`${String(excused)} entries changed or vanished while they were captured`]),
  ];
}

function bare(path: BytePath): BytePath {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
