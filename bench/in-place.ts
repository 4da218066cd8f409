import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Bench } from './bench.ts';
import { best, measure } from './measure.ts';
import { atMost } from './report.ts';
import type { Workspace } from './workspace.ts';

/** Over the live data, which becomes the safety copy, against an empty place on the same file system. */
export const inPlace: Bench = async ({ workspace, rounds }) => {
  await measure(workspace.backupPlan('backup', 'data', '--mode', 'full'));
  const destination = join(dirname(workspace.data), 'restored');
  const state = join(workspace.folder, 'state');
  const clear = (): Promise<void> => {
    for (const path of [destination, state, ...safetyCopies(workspace)])
      rmSync(path, { recursive: true, force: true });
    return Promise.resolve();
  };
  const restore = (...args: string[]): ReturnType<Workspace['backupPlan']> => ({
    ...workspace.backupPlan('restore', 'data@latest', '--key', workspace.privateKey, ...args),
    env: { XDG_STATE_HOME: state },
  });
  try {
    const results = await best([
      { name: 'in place', rounds, before: clear, timed: () => restore('--in-place', '--force'), after: kept },
      { name: 'empty place', rounds, before: clear, timed: () => restore('--to', destination) },
    ]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const measured = 'restore in place with a safety copy, of a restore into an empty place';
    return [atMost(1.1, [seconds('in place'), seconds('empty place')], measured)];
  } finally {
    await clear();
  }

  function kept(): void {
    if (safetyCopies(workspace).length === 0) throw new Error('the restore kept no safety copy');
  }
};

function safetyCopies({ data }: Workspace): readonly string[] {
  const prefix = `.${basename(data)}.backup-plan-`;
  return readdirSync(dirname(data))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(dirname(data), name));
}
