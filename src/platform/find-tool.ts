import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** Absolute path of the executable that `tool` means: a name is looked up on PATH, a path is taken from `cwd`. */
export async function findTool(tool: string, cwd = process.cwd()): Promise<string | undefined> {
  for (const candidate of candidates(tool, cwd)) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function candidates(tool: string, cwd: string): string[] {
  if (tool === '') return [];
  if (tool.includes('/')) return [path.resolve(cwd, tool)];
  return searchPath()
    .split(':')
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, tool));
}

export function searchPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
