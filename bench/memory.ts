import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { makeRandomFile, makeTree } from './data.ts';
import { measure } from './measure.ts';
import type { Row } from './report.ts';
import { createWorkspace } from './workspace.ts';

const LIMIT_MEGABYTES = 200;
const GIGABYTE = 1e9;

interface Size {
  readonly name: string;
  readonly isLarge: boolean;
  make(folder: string): void;
}

const oneFile = (gigabytes: number): Size => ({
  name: `${gigabytes} GB`,
  isLarge: gigabytes > 1,
  make: (folder) => makeRandomFile(join(folder, 'file.bin'), gigabytes * GIGABYTE),
});

const SIZES: readonly Size[] = [
  oneFile(0.1),
  oneFile(1),
  oneFile(8),
  { name: '1,000,000 files', isLarge: true, make: (folder) => makeTree(folder, 1_000_000, 100) },
];

/** Memory must not grow with what is backed up. */
export const memory: Bench = async ({ folder, isLarge }) => {
  const rows: Row[] = [];
  for (const size of SIZES.filter((candidate) => isLarge || !candidate.isLarge)) {
    rows.push(...(await measureSize(join(folder, `memory-${SIZES.indexOf(size)}`), size)));
  }
  return rows;
};

async function measureSize(folder: string, size: Size): Promise<readonly Row[]> {
  const data = join(folder, 'data');
  if (!existsSync(data)) {
    mkdirSync(data, { recursive: true });
    size.make(data);
  }
  const workspace = createWorkspace(folder, data);
  await measure(workspace.backupPlan('apply', '--yes'));
  const runs = [
    ['full backup', ['backup', 'data', '--mode', 'full']],
    ['incremental backup', ['backup', 'data', '--mode', 'incremental']],
    ['verify', ['verify', 'data@latest', '--level', 'checksum']],
  ] as const;
  const rows: Row[] = [];
  for (const [name, args] of runs) {
    const megabytes = (await measure(workspace.backupPlan(...args))).peakRssBytes / 1e6;
    rows.push({
      measured: `resident memory, ${name} of ${size.name}`,
      value: `${megabytes.toFixed(0)} MB`,
      limit: `≤ ${LIMIT_MEGABYTES} MB`,
      holds: megabytes <= LIMIT_MEGABYTES,
    });
  }
  return rows;
}
