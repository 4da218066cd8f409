import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCli } from './cli.ts';

let made: Promise<string> | undefined;

/** Puts the files of `backup-plan init` into a folder; the keys are made once for all tests of a file. */
export async function putKeys(folder: string): Promise<void> {
  made ??= makeKeys();
  await cp(await made, folder, { recursive: true, preserveTimestamps: true });
}

async function makeKeys(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bp-keys-'));
  process.once('exit', () => void rm(folder, { recursive: true, force: true }));
  const args = ['init', '--name', 'shop', '--keys', join(folder, 'private'), join(folder, 'plan')];
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const { exitCode, stderr } = await startCli(args, { cwd: folder, env }).result;
  if (exitCode !== 0) throw new Error(`init failed: ${stderr}`);
  return folder;
}
