import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../domain/errno.ts';
import { ok, type Result, failed } from '../domain/result.ts';
import { refusal } from './directory.ts';
import type { JournalLine } from './journal-line.ts';
import { replay, type RestoreState } from './restore-state.ts';

/** What one restore did and is about to do: `<root>/<restoreId>/journal.ndjson`, one durable line at a time. */
export interface Journal {
  readonly restoreId: string;
  /** Returns once the line is durable; nothing that it announces may be done before. */
  append(line: JournalLine): Promise<Result<void>>;
  /** Forgets a restore that left nothing to go back from. */
  remove(): Promise<Result<void>>;
}

const FILE = 'journal.ndjson';

export async function createJournal(
  root: string,
  first: JournalLine & { readonly kind: 'begin' },
): Promise<Result<Journal>> {
  const directory = join(root, first.restoreId);
  return guarded(directory, async () => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await chmod(root, 0o700);
    await mkdir(directory, { mode: 0o700 });
    const journal = openJournal(root, first.restoreId);
    const begun = await journal.append(first);
    for (const path of [directory, root, dirname(root)]) await syncDirectory(path);
    return begun.ok ? ok(journal) : begun;
  });
}

export function openJournal(root: string, restoreId: string): Journal {
  const directory = join(root, restoreId);
  return {
    restoreId,
    append: (line) => guarded(directory, () => appendLine(join(directory, FILE), line)),
    remove: () =>
      guarded(directory, async () => {
        await rm(directory, { recursive: true, force: true });
        await syncDirectory(root);
        return ok();
      }),
  };
}

/** A line that a crash cut in two was never acted upon: the next one starts on a line of its own. */
async function appendLine(file: string, line: JournalLine): Promise<Result<void>> {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(file, flags, 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const start = size === 0 || last[0] === NEWLINE ? '' : '\n';
    await handle.appendFile(`${start}${JSON.stringify(line)}\n`);
    await handle.sync();
    return ok();
  } finally {
    await handle.close();
  }
}

const NEWLINE = 0x0a;

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** All restores that left a journal, oldest first. */
export async function readJournals(root: string): Promise<Result<readonly RestoreState[]>> {
  return guarded(root, async () => {
    const names = await readdir(root).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    });
    const states: RestoreState[] = [];
    for (const name of names.sort()) {
      const state = await readState(root, name);
      if (state !== undefined) states.push(state);
    }
    return ok(states);
  });
}

async function readState(root: string, restoreId: string): Promise<RestoreState | undefined> {
  try {
    return replay(restoreId, await readFile(join(root, restoreId, FILE), 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

async function guarded<T>(path: string, use: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await use();
  } catch (error) {
    return failed(refusal(error, path));
  }
}
