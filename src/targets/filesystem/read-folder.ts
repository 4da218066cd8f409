import type { Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { errnoOf, ifPresent, type DirectFiles, type FileLayer } from './file-layer.ts';

export interface FolderContents {
  readonly files: readonly FileFacts[];
  /** Names of real directories. */
  readonly folders: readonly string[];
}

export interface FileFacts {
  readonly name: string;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedMs: number;
}

/** What is in a directory, by name; nothing where it is gone. */
export type FolderReader = (folder: string) => Promise<FolderContents>;

const PARALLEL_STATS = 32;
/** Calls that the kernel answers from memory take microseconds: more than this means a disk or a network. */
const QUICK_CALL_MS = 0.25;
/** Time that slow calls may take in all, beyond what quick ones have saved: the machine may just be busy. */
const PATIENCE_MS = 1_000;
/** Others wait no longer than this for their turn. */
const TURN_MS = 10;

/**
 * While the operating system answers at once, it is asked directly, which costs a third of asking
 * through the thread pool. Once it has been slow, nothing waits for it any more.
 */
export function createFolderReader(layer: FileLayer): FolderReader {
  let { direct } = layer;
  let turnStartedMs = direct?.nowMs() ?? 0;
  let lostMs = 0;
  return async (folder) => {
    if (direct === undefined) return readPatiently(layer, folder);
    const startedMs = direct.nowMs();
    const contents = readDirectly(direct, folder);
    const endedMs = direct.nowMs();
    const isOver = endedMs - turnStartedMs > TURN_MS;
    lostMs = Math.max(0, lostMs + endedMs - startedMs - QUICK_CALL_MS * (contents.files.length + 1));
    if (lostMs > PATIENCE_MS) direct = undefined;
    if (isOver) {
      await setImmediate();
      turnStartedMs = direct?.nowMs() ?? 0;
    }
    return contents;
  };
}

function readDirectly(direct: DirectFiles, folder: string): FolderContents {
  const files: FileFacts[] = [];
  const folders: string[] = [];
  for (const entry of entriesNow(direct, folder)) {
    if (entry.isDirectory()) folders.push(entry.name);
    else {
      const stats = direct.lstatSync(`${folder}/${entry.name}`, { throwIfNoEntry: false });
      if (stats !== undefined) files.push(factsOf(entry.name, stats));
    }
  }
  return { files, folders };
}

function entriesNow(direct: DirectFiles, folder: string): ReturnType<DirectFiles['readdirSync']> {
  try {
    return direct.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readPatiently(layer: FileLayer, folder: string): Promise<FolderContents> {
  const entries = (await ifPresent(layer.readdir(folder, { withFileTypes: true }))) ?? [];
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const files: FileFacts[] = [];
  for (let start = 0; start < names.length; start += PARALLEL_STATS) {
    const facts = await Promise.all(
      names.slice(start, start + PARALLEL_STATS).map(async (name) => {
        const stats = await ifPresent(layer.lstat(`${folder}/${name}`));
        return stats === undefined ? undefined : factsOf(name, stats);
      }),
    );
    files.push(...facts.filter((fact) => fact !== undefined));
  }
  return { files, folders: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name) };
}

function factsOf(name: string, { size, mtimeMs }: Stats): FileFacts {
  return { name, size, modifiedMs: Math.floor(mtimeMs) };
}
