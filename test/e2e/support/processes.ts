import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Workspace } from './workspace.ts';

/** Living processes that were started by a run of this workspace, with their names. */
export function processesOf(
  workspace: Workspace,
): readonly { readonly pid: number; readonly name: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => read(pid, 'environ').includes(workspace.folder))
    .map((pid) => ({ pid: Number(pid), name: read(pid, 'comm').trim() }))
    .filter(({ name }) => name !== '');
}

/** Waits until a tool of this name runs. */
export async function processNamed(workspace: Workspace, name: string): Promise<number> {
  for (;;) {
    const found = processesOf(workspace).find((process) => process.name === name);
    if (found !== undefined) return found.pid;
    await delay(POLL_MS);
  }
}

/** Waits until none is left; the test's own time limit ends the waiting. */
export async function allGone(workspace: Workspace): Promise<void> {
  while (processesOf(workspace).length > 0) await delay(POLL_MS);
}

const POLL_MS = 10;

/** Empty for a process that is gone, or a zombie. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
