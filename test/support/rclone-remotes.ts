import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../src/domain/target.ts';
import { rclone } from '../../src/targets/rclone/index.ts';
import { targetContext } from './target-context.ts';

/** A private folder with an rclone configuration in it. */
export interface Remotes {
  readonly folder: string;
  readonly config: string;
  /** A target on `name:path`; `rest` are more options. */
  connect(remote: string, rest?: Readonly<Record<string, string>>): Target;
  remove(): Promise<void>;
}

/** Lines of each remote's section, by its name. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>;

export async function createRemotes(sections: Sections): Promise<Remotes> {
  const folder = await mkdtemp(join(tmpdir(), 'rclone-'));
  const config = join(folder, 'rclone.conf');
  const lines = Object.entries(sections).flatMap(([name, keys]) => [
    `[${name}]`,
    ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`),
    '',
  ]);
  await writeFile(config, lines.join('\n'), { mode: 0o600 });
  return {
    folder,
    config,
    connect: (remote, rest = {}) =>
      rclone.create(targetContext({ remote, config, ...rest }, { name: 'cloud' })),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
