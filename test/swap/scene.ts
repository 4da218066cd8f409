import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LivePlace } from '../../src/domain/resource-type.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createTools } from '../../src/platform/tools.ts';
import { makeFolders } from '../../src/swap/folders.ts';
import { layOut, STAGED, type StagedSite } from '../../src/swap/lay-out.ts';
import type { SwapPlan } from '../../src/swap/plan.ts';
import { findSites } from '../../src/swap/site.ts';
import { valueOf } from '../support/results.ts';

export const tools = createTools({ masker: createMasker() });
export const ID = '01m7yks1kh3rstg9hqad5w1n1n';

/** What may lie at a path before or after a restore. */
export type Thing = 'nothing' | 'file' | 'directory' | 'link';

export function put(path: string, thing: Thing, text: string): void {
  if (thing === 'file') writeFileSync(path, text);
  if (thing === 'link') symlinkSync(text, path);
  if (thing !== 'directory') return;
  mkdirSync(path);
  writeFileSync(join(path, 'inner'), text);
}

/** A folder with live data in `live`; what is staged lies in the private folder. */
export interface Scene extends Disposable {
  readonly folder: string;
  live(name: string): string;
}

export function createScene(): Scene {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bp-swap-')));
  mkdirSync(join(folder, 'live'));
  return {
    folder,
    live: (name) => join(folder, 'live', name),
    [Symbol.dispose]: () => {
      execFileSync('chmod', ['-R', 'u+rwx', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Stages by the names in `places` and says how they take the live places. */
export async function prepare(
  places: readonly LivePlace[],
  stage: (name: string, path: string) => void,
): Promise<SwapPlan> {
  const sites = valueOf(await findSites(places, ID));
  valueOf(await makeFolders(sites));
  const staged = sites.map(({ staged: name, ...site }): StagedSite => {
    if (name === undefined) return site;
    const path = join(site.folder, STAGED, name);
    mkdirSync(join(path, '..'), { recursive: true });
    stage(name, path);
    return { ...site, staged: path };
  });
  return valueOf(await layOut(staged));
}
