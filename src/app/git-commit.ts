import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tools } from '../domain/command.ts';

const COMMIT = /^[0-9a-f]{40,64}$/;

/** Commit of the checkout that holds `directory`; undefined outside one, or without git. */
export async function gitCommitOf(directory: string, tools: Tools): Promise<string | undefined> {
  if (!(await isInCheckout(directory))) return undefined;
  const run = await tools.run({ argv: ['git', '-C', directory, 'rev-parse', '--verify', 'HEAD'] });
  if (!run.ok || run.value.exitCode !== 0) return undefined;
  const commit = run.value.stdout.toString().trim();
  return COMMIT.test(commit) ? commit : undefined;
}

async function isInCheckout(directory: string): Promise<boolean> {
  const found = await access(join(directory, '.git')).then(
    () => true,
    () => false,
  );
  const parent = dirname(directory);
  return found || (parent !== directory && (await isInCheckout(parent)));
}
