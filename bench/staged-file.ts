import { createHash } from 'node:crypto';
import { createReadStream, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { StagedFile } from '../src/domain/target.ts';
import { measure, shell } from './measure.ts';

export const GIBIBYTE = 1024 ** 3;

/** Random bytes, as ciphertext looks to those who carry it. */
export async function makeStagedFile(folder: string, bytes: number): Promise<StagedFile> {
  const path = join(folder, 'staged');
  await measure(shell(`head -c ${Math.round(bytes)} /dev/urandom > ${path}`));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }))
    hash.update(chunk as Buffer);
  return { path, bytes: Math.round(bytes), sha256: hash.digest('hex') };
}

export function sizeText({ bytes }: StagedFile): string {
  return `${(bytes / GIBIBYTE).toFixed(1)} GiB`;
}

/** The program that uploads one, bundled as the released one is, beside a link to the packages that stay outside. */
export async function buildUploadProgram(folder: string): Promise<string> {
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: ['bench/upload-program.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['ssh2'],
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return outfile;
}
