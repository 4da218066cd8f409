import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Another process that has a database open. */
export interface SqliteWriter {
  /** Runs statements and waits until they have taken effect. */
  run(sql: string): Promise<readonly string[]>;
  /** Repeats statements until the answer is called; it says how often they ran. */
  repeat(sql: string): () => Promise<number>;
  /** Ends without closing the database properly. */
  kill(): Promise<void>;
  /** Closes the database, as a program that ends does. */
  close(): Promise<void>;
}

export function openWriter(path: string): SqliteWriter {
  const child = spawn('sqlite3', ['-batch', '-bail', '-cmd', '.timeout 10000', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let marks = 0;

  async function run(sql: string): Promise<readonly string[]> {
    const mark = `done ${String((marks += 1))}`;
    child.stdin.write(`${sql}\n.print ${JSON.stringify(mark)}\n`);
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await answers.next();
      if (done === true) throw new Error('the writer has ended');
      if (value === mark) return lines;
      lines.push(value);
    }
  }

  return {
    run,
    repeat(sql) {
      const stop = new AbortController();
      const repeating = repeat(() => run(sql), stop.signal);
      return () => {
        stop.abort();
        return repeating;
      };
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function repeat(action: () => Promise<unknown>, stop: AbortSignal): Promise<number> {
  let times = 0;
  for (; !stop.aborted; times += 1) await action();
  return times;
}
