import { chmod, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { lastJson, type CliResult } from './cli.ts';
import type { RemotePlace } from './remote-place.ts';
import { contentOf, type RunDocument } from './snapshots.ts';
import { createWorkspace, dumpResource, type PlanParts, type Workspace } from './workspace.ts';

export const CONTENT = 'something worth keeping END';

/** A plan whose only target is the place. */
export interface RemoteWorkspace extends Workspace {
  readonly place: RemotePlace;
  succeed(...args: readonly string[]): Promise<CliResult>;
  /** What is listed, which must be without a problem of the catalog. */
  listed(): Promise<readonly ListedSnapshot[]>;
  /** Runs, and is killed when the store is asked for the n-th time. */
  killedAt(point: KillPoint, args: readonly string[]): Promise<CliResult>;
}

/** Before it hears of it, or once it has done it and answers. */
export interface KillPoint {
  readonly n: number;
  readonly moment: 'before' | 'after';
}

export interface ListedSnapshot {
  readonly id: string;
  readonly good: boolean;
}

interface ListDocument {
  readonly snapshots: readonly ListedSnapshot[];
  readonly problems: readonly unknown[];
}

export async function createRemoteWorkspace(
  place: RemotePlace,
  parts: PlanParts = {},
): Promise<RemoteWorkspace> {
  const workspace = await createWorkspace({
    encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
    targets: { disk: await place.target() },
    resources: { export: dumpResource({ dump: ['../dump.sh'] }) },
    ...parts,
  });
  await writeFile(workspace.path('dump.sh'), `#!/bin/sh\nprintf '${CONTENT}'\n`);
  await chmod(workspace.path('dump.sh'), 0o755);
  const start: Workspace['start'] = (args, options) =>
    workspace.start(args, { ...options, env: { ...place.env, ...options?.env } });
  const run: Workspace['run'] = (args, options) => start(args, options).result;
  const succeed = async (...args: readonly string[]): Promise<CliResult> => {
    const result = await run(args);
    expect(result.exitCode, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
    return result;
  };
  return {
    ...workspace,
    ...{ place, start, run, succeed },
    listed: async () => {
      const { snapshots, problems } = lastJson<ListDocument>(await succeed('list', '--json'));
      expect(problems).toEqual([]);
      return snapshots.map(({ id, good }) => ({ id, good }));
    },
    killedAt: ({ n, moment }, args) => {
      const started = start(args);
      place.proxy.strikeAt(n, moment, () => {
        started.kill('SIGKILL');
      });
      return started.result;
    },
  };
}

export function takenBy(result: CliResult): string {
  return lastJson<RunDocument>(result).resources[0]?.snapshotId ?? '';
}

/** Every one of them gives its content back. */
export async function expectRestorable(workspace: RemoteWorkspace, ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await contentOf(workspace, id)).toBe(CONTENT);
}
