import { spawn, spawnSync } from 'node:child_process';
import type { Command } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { findTool, searchPath } from './find-tool.ts';
import { signalGroup, trackGroup, untrackGroup } from './process-group.ts';

export interface Ending {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly durationMs: number;
}

/** A running child, leader of its own process group. */
export interface Child {
  readonly pid: number;
  /** Settles when the child itself has ended, whatever its own children do. */
  readonly ended: Promise<Ending>;
  readonly running: () => boolean;
}

/** A command whose executable has been found. */
export interface ReadyCommand {
  readonly command: Command;
  readonly executable: string;
}

export type Descriptor = number | 'ignore';

export async function readyCommand(command: Command): Promise<Result<ReadyCommand>> {
  const [tool] = command.argv;
  const executable = await findTool(tool, command.cwd);
  if (executable !== undefined) return ok({ command, executable });
  return failed(
    failure('TOOL_MISSING', `${tool} is not installed or cannot be executed`, { facts: { tool } }),
  );
}

/**
 * Starts a child with exactly these descriptors. Its environment is the allow list and its own
 * additions. It is asked to end when this process dies, where `setpriv` can arrange that.
 */
export function startChild(
  ready: ReadyCommand,
  descriptors: readonly Descriptor[],
  home: string,
): Promise<Result<Child>> {
  const { command } = ready;
  const [file, ...args] = [...prefix(command.nice), ready.executable, ...command.argv.slice(1)];
  const startedMs = performance.now();
  const child = spawn(file ?? ready.executable, args, {
    cwd: command.cwd,
    env: { PATH: searchPath(), HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', ...command.env, ...command.secretEnv },
    stdio: [...descriptors],
    detached: true,
  });
  let running = true;
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      const durationMs = Math.round(performance.now() - startedMs);
      resolve({
        ...(code === null ? {} : { exitCode: code }),
        ...(signal === null ? {} : { signal }),
        durationMs,
      });
    });
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(
        failed(failure('TOOL_MISSING', `cannot start ${command.argv[0]}: ${startError(error, command)}`)),
      );
    });
    child.once('spawn', () => {
      const pid = child.pid ?? 0;
      trackGroup(pid);
      void ended.then(() => {
        if (!signalGroup(pid, 0)) untrackGroup(pid);
      });
      resolve(ok({ pid, ended, running: () => running }));
    });
  });
}

function startError(error: Error, command: Command): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && command.cwd !== undefined)
    return `it or its working directory ${command.cwd} does not exist`;
  return code ?? error.message;
}

let setpriv: readonly string[] | undefined;

/** `--pdeathsig` acts when the thread that spawned dies: children are started by the main thread only. */
function prefix(nice: number | undefined): readonly string[] {
  const dieWithUs = ['setpriv', '--pdeathsig', 'TERM'];
  setpriv ??=
    spawnSync('setpriv', [...dieWithUs.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? dieWithUs : [];
  return nice === undefined ? setpriv : [...setpriv, 'nice', '-n', String(nice)];
}
