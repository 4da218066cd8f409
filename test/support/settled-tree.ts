import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Until every change time is old enough that a later change could not hide behind it. */
export async function settle(root: string): Promise<void> {
  const newest = newestChange(root);
  await expect.poll(() => Date.now() - newest, { interval: 5 }).toBeGreaterThan(60);
}

function newestChange(path: string): number {
  const stats = lstatSync(path);
  const below = stats.isDirectory() ? readdirSync(path).map((name) => newestChange(join(path, name))) : [];
  return Math.max(stats.ctimeMs, ...below);
}
