import { mkdir, rm, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { digestTree } from '../../support/tree-digest.ts';
import { lastJson, type CliResult } from './cli.ts';
import { createWorkspace, type PlanParts, type RunOptions, type Workspace } from './workspace.ts';

/** A workspace with one resource `uploads` of type files in `data`, and a snapshot of it. */
export interface Restoring extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly data: string;
  /** Digest of the data as the snapshot holds it. */
  readonly saved: readonly string[];
  digest(): readonly string[];
  /** Replaces the data by something else. */
  spoil(): Promise<void>;
  restore(args?: readonly string[], options?: RunOptions): Promise<CliResult>;
  undo(id: string, options?: RunOptions): Promise<CliResult>;
  undoable(): Promise<readonly Undoable[]>;
}

export interface Undoable {
  readonly restoreId: string;
  readonly state: string;
  readonly resources: readonly string[];
  readonly places: readonly { readonly path: string; readonly safety?: string }[];
}

export async function startRestoring(parts: PlanParts = {}): Promise<Restoring> {
  const workspace = await createWorkspace();
  const data = workspace.path('live', 'data');
  await mkdir(workspace.path('live', 'data', 'sub'), { recursive: true });
  await writeFile(workspace.path('live', 'data', 'kept'), 'kept');
  await writeFile(workspace.path('live', 'data', 'sub', 'lost'), 'lost');
  const files = { type: 'files', paths: ['../live/data'], source: { maxDrop: '100%' }, ...parts };
  await workspace.write({
    encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
    resources: { uploads: files },
  });
  await succeed(workspace, ['apply', '--yes']);
  const key = ['--key', workspace.operationsKey];
  const spoil = async (): Promise<void> => {
    await rm(workspace.path('live', 'data', 'sub'), { recursive: true, force: true });
    await writeFile(workspace.path('live', 'data', 'kept'), 'spoilt');
    await writeFile(workspace.path('live', 'data', 'newer'), 'newer');
  };
  return {
    workspace,
    data,
    saved: digestTree(data),
    digest: () => digestTree(data),
    spoil,
    restore: (args = ['--in-place', '--force'], options) =>
      workspace.run(['restore', 'uploads', ...args, ...key], options),
    undo: (id, options) => workspace.run(['undo', id, ...key], options),
    undoable: async () =>
      lastJson<{ restores: Undoable[] }>(await workspace.run(['undo', '--json'])).restores,
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

export async function succeed(workspace: Workspace, args: readonly string[]): Promise<CliResult> {
  const result = await workspace.run(args);
  expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  return result;
}
