import { createInterface } from 'node:readline/promises';
import type { Io } from './action.ts';

/** Asks the person at the terminal a question that is answered with yes or no; no is the default. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** True where a person can be asked: programs that want JSON are none. */
export function canAsk(io: Io, { json }: { readonly json?: boolean }): boolean {
  return json !== true && io.stdin.isTTY && io.stderr.isTTY;
}
