import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A program to time: argv, or a line for bash, where a bench compares with a shell pipeline. */
export interface Timed {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Measurement {
  readonly seconds: number;
  /** High-water mark of the program itself, without its children. */
  readonly peakRssBytes: number;
}

export interface Contender {
  readonly name: string;
  readonly rounds: number;
  /** Puts things back as they were before a run; not timed. */
  before?(round: number): Promise<void>;
  timed(round: number): Timed;
  /** Throws where the run did not do what is measured: a run that skips its work is fast. */
  after?(round: number): void | Promise<void>;
}

export const shell = (line: string): Timed => ({ argv: ['bash', '-o', 'pipefail', '-ec', line] });

/**
 * The best run of each contender. They take turns, so that a slow minute of the machine hits all of
 * them, and nobody pays for writing back what another one left in the page cache.
 */
export async function best(contenders: readonly Contender[]): Promise<ReadonlyMap<string, Measurement>> {
  const fastest = new Map<string, Measurement>();
  const rounds = Math.max(...contenders.map((contender) => contender.rounds));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders.filter((candidate) => candidate.rounds > round)) {
      await contender.before?.(round);
      await measure({ argv: ['sync'] });
      const run = await measure(contender.timed(round));
      await contender.after?.(round);
      console.error(`  ${contender.name}, run ${round + 1}: ${run.seconds.toFixed(2)} s`);
      const { seconds = Infinity } = fastest.get(contender.name) ?? {};
      if (run.seconds < seconds) fastest.set(contender.name, run);
    }
  }
  return fastest;
}

/** Runs once; an exit code other than 0 is an error, because a failed run is fast. */
export async function measure({ argv: [program, ...args], env, cwd }: Timed): Promise<Measurement> {
  const startedMs = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let peakRssBytes = 0;
  const sampling = setInterval(() => (peakRssBytes = highWaterMark(child.pid) ?? peakRssBytes), 20);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4_000)));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  }).finally(() => clearInterval(sampling));
  const seconds = (performance.now() - startedMs) / 1000;
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}\n${stderr}`);
  return { seconds, peakRssBytes };
}

function highWaterMark(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
