import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FakeTools } from '../../support/fake-tool.ts';
import { lastJson, type CliResult } from './cli.ts';
import { filesBelow, recordsIn, type Workspace } from './workspace.ts';

/** What `apply --json` and `backup --json` print last. */
export interface RunDocument {
  readonly state: string;
  readonly exitCode: number;
  readonly heldBy?: string;
  readonly notes: readonly string[];
  readonly resources: readonly {
    readonly resource: string;
    readonly state: string;
    readonly snapshotId: string;
    readonly targets: readonly string[];
    readonly missing: readonly string[];
    readonly failure?: FailureDocument;
  }[];
}

export interface FailureDocument {
  readonly code: string;
  readonly message: string;
  readonly toolOutput?: string;
}

/** Why a run failed: of the run as a whole, or of its first resource that did. */
export function failureOf(result: CliResult): FailureDocument | undefined {
  const document = lastJson<RunDocument | FailureDocument>(result);
  return 'code' in document ? document : document.resources.find((one) => one.failure !== undefined)?.failure;
}

export interface GoodSnapshot {
  readonly id: string;
  readonly content: string;
}

/** A snapshot of the resource `export`, whose tool prints `content` and END. */
export async function backUp(workspace: Workspace, tools: FakeTools, content: string): Promise<GoodSnapshot> {
  const command = (await recordsIn(workspace.backups)).length === 0 ? ['apply', '--yes'] : ['backup'];
  const run = workspace.start([...command, '--json'], { tools: tools.binDirectory });
  // A run that refuses to start never comes to its tool.
  await Promise.race([deliver(tools, content), run.result]);
  const result = await run.result;
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  const id = lastJson<RunDocument>(result).resources[0]?.snapshotId ?? '';
  return { id, content: `${content}END` };
}

/** Lets the next run of the tool print all of it. */
export async function deliver(tools: FakeTools, content: string): Promise<void> {
  const dump = await tools.started('dump');
  await dump.stdout(`${content}END`);
  dump.exit(0);
}

export async function contentOf(workspace: Workspace, id: string): Promise<string> {
  const to = workspace.path('restored');
  const key = ['--key', workspace.operationsKey];
  const restored = await workspace.run(['restore', `export@${id}`, '--to', to, ...key]);
  expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
  const content = await readFile(join(to, 'export'), 'utf8');
  await rm(to, { recursive: true });
  return content;
}

/**
 * What holds after every failed run: no record but those of the good snapshots, nothing staged on
 * the target, nothing in scratch, no process, and the good ones restore.
 */
export async function expectOnly(workspace: Workspace, good: readonly GoodSnapshot[]): Promise<void> {
  const records = good.map(({ id }) => `shop/snapshots/export/${id}.json`).sort();
  expect(await recordsIn(workspace.backups)).toEqual(records);
  expect(await filesBelow(join(workspace.backups, 'tmp'))).toEqual([]);
  expect(await filesBelow(workspace.scratch)).toEqual([]);
  const newest = good.at(-1);
  if (newest !== undefined) expect(await contentOf(workspace, newest.id)).toBe(newest.content);
}
