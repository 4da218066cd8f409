import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Random } from './random.ts';

/** Lets ids come from the seed while `work` runs, so that the same seed gives the same keys in the same order. */
export async function withIdentitiesFrom<T>(random: Random, work: () => Promise<T>): Promise<T> {
  const { randomBytes } = crypto;
  const seeded = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random.below(256)));
  replace(seeded as typeof randomBytes);
  try {
    return await work();
  } finally {
    replace(randomBytes);
  }
}

function replace(randomBytes: typeof crypto.randomBytes): void {
  crypto.randomBytes = randomBytes;
  syncBuiltinESMExports();
}
