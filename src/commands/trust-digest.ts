import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Plan } from '../domain/plan.ts';

/** Changes whenever other signatures would be believed: what was verified under another one is verified again. */
export async function trustDigest({ signing }: Plan): Promise<string> {
  const hash = createHash('sha256');
  for (const { key, may, untilMs } of Object.values(signing.keys)) {
    const file = await readFile(key).catch(() => Buffer.alloc(0));
    hash.update(JSON.stringify([file.toString('base64'), [...may].sort(), untilMs ?? 0]));
  }
  return hash.digest('hex');
}
