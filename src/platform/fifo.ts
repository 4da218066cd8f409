import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import path from 'node:path';

/** A kernel pipe whose two ends are plain file descriptors, to be passed to children by number. */
export interface Fifo {
  readonly read: number;
  readonly write: number;
  /** What /proc/<pid>/fd shows for it; unique, because the name is gone. */
  readonly label: string;
}

/** One `mkfifo` costs as much as a child, so it makes the pipes of several children. */
const BATCH = 12;

const named: string[] = [];
let counter = 0;

/** Takes a pipe that nobody has used. `directory` must be private: the name exists for a moment. */
export async function takeFifo(directory: string): Promise<Fifo> {
  for (;;) {
    const fifoPath = named.pop();
    if (fifoPath !== undefined) return open(fifoPath);
    named.push(...(await makeNamed(directory)));
  }
}

async function makeNamed(directory: string): Promise<string[]> {
  const paths = Array.from({ length: BATCH }, () => path.join(directory, `pipe-${String(counter++)}`));
  const child = spawn('mkfifo', ['-m', '600', '--', ...paths], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`mkfifo ended with ${String(code)}`);
  return paths;
}

/** O_RDWR first: opening one end alone would wait for the other. */
function open(fifoPath: string): Fifo {
  const both = openSync(fifoPath, constants.O_RDWR);
  const read = openSync(fifoPath, constants.O_RDONLY);
  const write = openSync(fifoPath, constants.O_WRONLY);
  closeSync(both);
  unlinkSync(fifoPath);
  return { read, write, label: `${fifoPath} (deleted)` };
}
