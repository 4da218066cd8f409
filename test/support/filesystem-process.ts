import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A process with a target of its own, driven line by line. */
export interface TargetProcess {
  readonly child: ChildProcess;
  /** One line to its stdin, one line back. */
  ask(line: string): Promise<string>;
}

/** Builds the program once; the result starts fast enough to run 40 of them. */
export async function buildTargetProgram(folder: string, program = 'filesystem-program.ts'): Promise<string> {
  const outfile = join(folder, 'program.mjs');
  const entry = fileURLToPath(new URL(program, import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['ssh2'],
    logLevel: 'error',
  });
  // Packages that stay outside the bundle are looked for beside it.
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  return outfile;
}

export async function startTargetProcess(
  program: string,
  ...args: readonly string[]
): Promise<TargetProcess> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  // Each answer is waited for with listeners of its own.
  child.setMaxListeners(0);
  await nextLine(lines, child);
  return {
    child,
    ask: async (line) => {
      child.stdin.write(`${line}\n`);
      return nextLine(lines, child);
    },
  };
}

async function nextLine(lines: Interface, child: ChildProcess): Promise<string> {
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  return String(line);
}
