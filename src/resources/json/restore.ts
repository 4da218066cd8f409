import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, failureFromErrno } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { ChainLink, RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { parseDocument } from './document.ts';
import { mapPath } from './map-path.ts';
import { pickMembers } from './merge.ts';
import { choose, type Choice } from './selection.ts';
import { readSnapshotIndex } from './snapshot-index.ts';

/** Documents come back byte for byte; where only some keys are asked for, a document of just these. */
export async function restoreDocuments(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  const link = context.chain[context.chain.length - 1] ?? context.chain[0];
  const index = await readSnapshotIndex(link);
  if (!index.ok) return index;
  const choices = choose(index.value.documents, context.only);
  if (!choices.ok) return choices;
  let bytes = 0;
  for (const choice of choices.value) {
    const entry = index.value.files.get(choice.document.path);
    if (entry === undefined) throw new Error(`the index lost ${choice.document.path}`);
    const restored = await restoreOne(context, { link, choice, entry });
    if (!restored.ok) return restored;
    bytes += restored.value;
  }
  return ok({ entries: choices.value.length, bytes, warnings: ownerWarnings(context) });
}

interface Task {
  readonly link: ChainLink;
  readonly choice: Choice;
  readonly entry: IndexEntry;
}

async function restoreOne(context: RestoreContext, task: Task): Promise<Result<number>> {
  const { document } = task.choice;
  const path = join(context.staging, mapPath(document.path, context.map));
  try {
    await mkdir(dirname(path), { recursive: true });
    const delivered = await task.link.deliver(document.artifact, { kind: 'file', path });
    if (!delivered.ok) return delivered;
    const content = await finalContent(task, path);
    if (!content.ok) return content;
    return await dress(context, path, task.entry);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return failed({
      ...failureFromErrno(error, `cannot restore ${document.configured}`),
      code: 'RESTORE_FAILED',
    });
  }
}

async function finalContent({ choice, entry }: Task, path: string): Promise<Result<void>> {
  const { document, keys } = choice;
  const bytes = await readFile(path);
  if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256) {
    return failed(failure('CORRUPT', `${document.configured} is not the document that the index lists`));
  }
  if (keys === undefined) return ok();
  const parsed = parseDocument(bytes);
  const members = parsed.ok ? parsed.document.members : undefined;
  if (!parsed.ok || members === undefined) {
    return failed(failure('CORRUPT', `${document.configured} is not the object that the index lists`));
  }
  await writeFile(path, pickMembers({ ...parsed.document, members }, keys));
  return ok();
}

/** Mode last: a change of owner clears bits of it. */
async function dress(
  { owner, fileMode, tools, signal }: RestoreContext,
  path: string,
  entry: IndexEntry,
): Promise<Result<number>> {
  if (owner !== undefined) {
    const run = await tools.run({ argv: ['chown', '--', owner, path] }, { signal });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) {
      const toolOutput = run.value.stderr;
      return failed(failure('RESTORE_FAILED', `cannot give ${path} to ${owner}`, { toolOutput }));
    }
  } else if (isRoot()) await chown(path, entry.uid ?? 0, entry.gid ?? 0);
  await chmod(path, fileMode ?? entry.mode ?? 0o600);
  const seconds = Number(entry.mtimeNs ?? 0) / 1e9;
  await utimes(path, seconds, seconds);
  return ok((await stat(path)).size);
}

function ownerWarnings({ owner }: RestoreContext): readonly string[] {
  return owner === undefined && !isRoot() ? ['owners were not restored: only root can set them'] : [];
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
