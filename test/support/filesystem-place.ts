import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StagedFile, Target } from '../../src/domain/target.ts';
import { createFilesystemTarget } from '../../src/targets/filesystem/filesystem-target.ts';
import { realFiles, type FileLayer } from '../../src/targets/filesystem/file-layer.ts';
import { valueOf } from './results.ts';

export interface Place {
  /** The target's directory. */
  readonly path: string;
  /** Beside it, for whatever else the test needs. */
  readonly parent: string;
}

/** An empty directory for a target, removed after the test. */
export async function makePlace(): Promise<Place> {
  const parent = await mkdtemp(join(tmpdir(), 'filesystem-target-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const path = join(parent, 'backups');
  await mkdir(path, { mode: 0o700 });
  return { path, parent };
}

/** An opened target, closed after the test. */
export async function openTarget(path: string, layer: FileLayer = realFiles): Promise<Target> {
  const target = createFilesystemTarget(layer, 'local', { path, mustBeMount: false });
  valueOf(await target.open());
  onTestFinished(() => target.close());
  return target;
}

export async function stageFile(path: string, bytes: Buffer): Promise<StagedFile> {
  await writeFile(path, bytes, { mode: 0o600 });
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
