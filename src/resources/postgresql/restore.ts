import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import { parseIndexLine } from '../../domain/index-entry.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { GLOBALS, meansDatabase, selects } from './entries.ts';
import { readParts, type SnapshotDatabase, type SnapshotPart, type SnapshotParts } from './snapshot-facts.ts';

/** Dumps become files again, `shop.dump` for pg_restore and `globals.sql` for psql. */
export async function restoreDumps(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  const link = newestLink(context);
  const parts = await readParts(link);
  if (!parts.ok) return parts;
  const chosen = await choose(link, parts.value, context.only);
  if (!chosen.ok) return chosen;
  let bytes = 0;
  for (const { artifact, file } of chosen.value) {
    const path = join(context.staging, file);
    const delivered = await link.deliver(artifact, { kind: 'file', path });
    if (!delivered.ok) return delivered;
    bytes += delivered.value.sinkBytes ?? 0;
    const owned = await own(context, path);
    if (!owned.ok) return owned;
  }
  return ok({ entries: chosen.value.length, bytes, warnings: [] });
}

export function newestLink({ chain }: Pick<RestoreContext, 'chain'>): ChainLink {
  return chain[chain.length - 1] ?? chain[0];
}

/** A table that is asked for lies in the dump of its database, which comes whole. */
async function choose(
  link: ChainLink,
  { databases, globals }: SnapshotParts,
  only: readonly string[],
): Promise<Result<readonly SnapshotPart[]>> {
  const all = [...databases, ...(globals === undefined ? [] : [globals])];
  if (only.length === 0) return ok(all);
  const lines = await link.index();
  if (!lines.ok) return lines;
  const chosen = new Set<SnapshotPart>(databases.filter(({ name }) => meansDatabase(name, only)));
  if (globals !== undefined && only.includes(GLOBALS)) chosen.add(globals);
  for await (const line of lines.value) {
    const { path } = parseIndexLine(line) ?? {};
    const database = path === undefined ? undefined : holderOf(databases, path, only);
    if (database !== undefined) chosen.add(database);
  }
  if (chosen.size > 0) return ok(all.filter((part) => chosen.has(part)));
  const hint = 'Name a database, or a table as `schema.table`; `show --files` lists them.';
  return failed(failure('NOT_FOUND', `the snapshot has no ${only.join(', ')}`, { hint }));
}

function holderOf(
  databases: readonly SnapshotDatabase[],
  path: string,
  only: readonly string[],
): SnapshotDatabase | undefined {
  return databases.find(({ name }) => selects({ databases: [{ name }] }, only)(path) && isIn(name, path));
}

function isIn(database: string, path: string): boolean {
  return path.startsWith(`${database}/`) || path.startsWith(`"${database.replaceAll('"', '""')}"/`);
}

async function own({ owner, fileMode, tools, signal }: RestoreContext, path: string): Promise<Result<void>> {
  if (owner !== undefined) {
    const run = await tools.run({ argv: ['chown', '--', owner, path] }, { signal });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) {
      const toolOutput = run.value.stderr;
      return failed(failure('RESTORE_FAILED', `the dump cannot be given to ${owner}`, { toolOutput }));
    }
  }
  if (fileMode !== undefined) await chmod(path, fileMode);
  return ok();
}
