import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const PROGRAM = resolve(import.meta.dirname, '../../../dist/bin.js');

export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the built program that is still going on. */
export interface CliRun {
  readonly pid: number;
  readonly result: Promise<CliResult>;
  /** The first line of `--json` output that fits; rejects where the run ends without one. */
  event(fits: (event: JsonLine) => boolean): Promise<JsonLine>;
  /** Settles once stderr contains the text; rejects where the run ends without it. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export type JsonLine = Readonly<Record<string, unknown>>;

export interface CliOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A program that runs ours: `['strace', '-f']`. */
  readonly under?: readonly string[];
}

export function startCli(args: readonly string[], { cwd, env, under = [] }: CliOptions): CliRun {
  const [program = '', ...rest] = [...under, process.execPath, PROGRAM, ...args];
  const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    pid: child.pid ?? 0,
    result: ended.then(([exitCode, signal]) => ({ exitCode, signal, ...output })),
    event: (fits) => seen(child.stdout, ended, () => jsonLines(output.stdout).find(fits)),
    said: (text) =>
      seen(child.stderr, ended, () => output.stderr.includes(text) || undefined).then(() => undefined),
    kill: (signal) => child.kill(signal),
  };
}

async function seen<T>(
  stream: NonNullable<ChildProcess['stdout']>,
  ended: Promise<unknown>,
  find: () => T | undefined,
): Promise<T> {
  const over = ended.then(() => 'over');
  for (let state: unknown; ;) {
    const found = find();
    if (found !== undefined) return found;
    if (state === 'over') throw new Error('the run ended without what was waited for');
    state = await Promise.race([over, new Promise((done) => stream.once('data', done))]);
  }
}

/** Whole lines of NDJSON; the last one may still be growing. */
export function jsonLines(text: string): readonly JsonLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JsonLine);
}

/** The document that `--json` prints last. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the document
export function lastJson<T>({ stdout, stderr }: CliResult): T {
  const last = jsonLines(stdout).at(-1);
  if (last === undefined) throw new Error(`no JSON was printed; stderr: ${stderr}`);
  return last as T;
}
