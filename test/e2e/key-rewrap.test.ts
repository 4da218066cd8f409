import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import {
  createWorkspace,
  dumpResource,
  filesBelow,
  type PlanParts,
  type Workspace,
} from './support/workspace.ts';

const resources = { export: dumpResource({ dump: ['printf', 'dataEND'] }) };
const withAuditor: PlanParts = {
  resources,
  encryption: { default: { recipients: ['keys/operations.asc', 'keys/escrow.asc', 'keys/auditor.asc'] } },
};

interface RewrapDocument {
  readonly objects: readonly {
    readonly artifact: string;
    readonly state: string;
    readonly added: string[];
  }[];
}

describe.skipIf(lacks('gpg', 'zstd'))('key rewrap', () => {
  it('lets a recipient who came later restore what is older, and leaves the bundles alone', async () => {
    await using workspace = await withOldSnapshot();
    const before = await contents(workspace);
    expect((await restore(workspace, 'auditor', 'early')).exitCode).toBe(9);
    const announced = await rewrap(workspace, '--dry-run');
    expect(announced.objects.map(({ artifact, state }) => [artifact, state])).toEqual([
      ['output', 'rewrapped'],
      ['index', 'rewrapped'],
    ]);
    expect(await contents(workspace)).toEqual(before);
    expect((await rewrap(workspace)).objects).toEqual(announced.objects);
    for (const [path, bytes] of before) expect((await contents(workspace)).get(path)).toEqual(bytes);
    const restored = await restore(workspace, 'auditor', 'late');
    expect(restored.exitCode, restored.stderr).toBe(0);
    const [file = ''] = await readdir(workspace.path('late'));
    expect(await readFile(workspace.path('late', file), 'utf8')).toBe('dataEND');
    expect((await restore(workspace, 'operations', 'still')).exitCode).toBe(0);
    expect((await rewrap(workspace)).objects.every(({ state }) => state === 'unchanged')).toBe(true);
    const log = await workspace.run(['log', '--runs', '--json']);
    const { events } = lastJson<{ events: readonly { event: string }[] }>(log);
    expect(events.filter(({ event }) => event === 'rewrap')).toHaveLength(2);
  });

  it('goes on where its packets were damaged, says so, and can make them anew', async () => {
    await using workspace = await withOldSnapshot();
    await rewrap(workspace);
    for (const path of await filesBelow(workspace.backups))
      if (path.endsWith('.pkesk')) await writeFile(join(workspace.backups, path), 'garbage');
    const escrow = await restore(workspace, 'operations', 'old-way');
    expect(escrow.exitCode, escrow.stderr).toBe(0);
    const refused = await restore(workspace, 'auditor', 'refused');
    expect(refused.exitCode).toBe(9);
    expect(refused.stderr).toContain('is damaged and was ignored');
    expect((await rewrap(workspace)).objects.every(({ state }) => state === 'rewrapped')).toBe(true);
    expect((await restore(workspace, 'auditor', 'again')).exitCode).toBe(0);
  });

  it('does not call everything open where a target could not be read', async () => {
    await using workspace = await withOldSnapshot();
    await rm(workspace.backups, { recursive: true });
    const result = await workspace.run(['key', 'rewrap', '--key', workspace.operationsKey]);
    expect(result.exitCode).toBe(9);
    expect(result.stdout).toContain('TARGET_UNREACHABLE');
  });

  it('is refused without a key that opens the bundles', async () => {
    await using workspace = await withOldSnapshot();
    const refused = await workspace.run(['key', 'rewrap', '--key', workspace.path('private', 'auditor.key')]);
    expect(refused.exitCode).toBe(9);
    expect(refused.stdout).toContain('NO_KEY');
  });
});

/** A snapshot from before the plan named the auditor. */
async function withOldSnapshot(): Promise<Workspace> {
  const workspace = await createWorkspace({ resources });
  expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(0);
  const made = await workspace.run([
    ...['key', 'generate', 'auditor', '--private', workspace.path('private', 'auditor.key')],
    ...['--public', workspace.path('plan', 'keys', 'auditor.asc')],
  ]);
  expect(made.exitCode, made.stderr).toBe(0);
  await workspace.write(withAuditor);
  return workspace;
}

async function rewrap(workspace: Workspace, ...args: readonly string[]): Promise<RewrapDocument> {
  const result = await workspace.run(['key', 'rewrap', '--json', '--key', workspace.operationsKey, ...args]);
  expect(result.exitCode, result.stdout).toBe(0);
  return lastJson<RewrapDocument>(result);
}

function restore(workspace: Workspace, key: string, to: string) {
  const keyFile = workspace.path('private', `${key}.key`);
  return workspace.run(['restore', 'export', '--to', workspace.path(to), '--key', keyFile]);
}

async function contents({ backups }: Workspace): Promise<ReadonlyMap<string, string>> {
  const paths = (await filesBelow(backups)).filter((path) => path.includes('/data/'));
  const read = paths.map(async (path) => [path, await readFile(join(backups, path), 'base64')] as const);
  return new Map(await Promise.all(read));
}
