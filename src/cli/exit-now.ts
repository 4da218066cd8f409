import type { Io } from './action.ts';

/** Ends the process once everything is printed, without waiting for children: they are killed on exit. */
export async function exitNow(io: Io, exitCode: number): Promise<never> {
  await Promise.all([io.stdout, io.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(exitCode);
}
