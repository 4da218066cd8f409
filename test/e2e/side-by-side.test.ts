import { chmod, mkdir, open, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeTools, type FakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { CONTENT, createPrunableWorkspace, expectPruned, type PrunableWorkspace } from './support/pruning.ts';
import { contentOf, deliver, type RunDocument } from './support/snapshots.ts';
import { createWorkspace, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

interface PruneDocument {
  readonly outcomes: readonly { readonly state: string; readonly reason?: string }[];
}

describe.skipIf(lacks('gpg', 'zstd'))('a prune', () => {
  let workspace: PrunableWorkspace;
  beforeEach(async () => {
    workspace = await createPrunableWorkspace(3);
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  it('beside another one deletes the same, and neither minds', async () => {
    const results = await Promise.all([1, 2, 3].map(() => workspace.run(['prune', '--json'])));
    for (const result of results) expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    await workspace.succeed('prune');
    await expectPruned(workspace);
  });

  it('leaves alone what is being restored, and deletes it afterwards', async () => {
    const gate = await createGate(workspace);
    const [oldest = ''] = workspace.ids;
    const to = workspace.path('restored');
    const args = ['restore', `export@${oldest}`, '--to', to, '--key', workspace.operationsKey];
    const restore = workspace.start(args, { tools: gate.directory });
    await gate.reached(() => isRead(workspace, oldest));
    const pruned = lastJson<PruneDocument>(await workspace.run(['prune', '--json']));
    expect(pruned.outcomes).toContainEqual(
      expect.objectContaining({ state: 'kept', reason: `${oldest} is being read` }),
    );
    await gate.open();
    expect((await restore.result).exitCode).toBe(0);
    expect(await filesBelow(to)).toEqual(['export']);
    await workspace.succeed('prune');
    await expectPruned(workspace);
  });
});

async function isRead({ backups }: Workspace, id: string): Promise<boolean> {
  return (await readdir(join(backups, 'shop', 'intents', id)).catch(() => [])).length > 0;
}

interface Gate {
  /** Holds a `zstd` that waits for the gate. */
  readonly directory: string;
  /** Lets one program after another through until one waits while it is so. */
  reached(isSo: () => Promise<boolean>): Promise<void>;
  /** Lets through the one that waits, and all that come. */
  open(): Promise<void>;
}

async function createGate(workspace: Workspace): Promise<Gate> {
  const directory = workspace.path('gated');
  const fifo = workspace.path('gate');
  await mkdir(directory);
  execFileSync('mkfifo', ['-m', '600', fifo]);
  const program = `#!/bin/sh\n[ -p '${fifo}' ] && read -r _ < '${fifo}'\nPATH=\${PATH#*:} exec zstd "$@"\n`;
  await writeFile(join(directory, 'zstd'), program);
  await chmod(join(directory, 'zstd'), 0o755);
  let letThrough: () => Promise<void> = () => Promise.resolve();
  return {
    directory,
    reached: async (isSo) => {
      for (;;) {
        // Opens as soon as a program waits there.
        const gate = await open(fifo, 'w');
        letThrough = async () => {
          // A program that was ended meanwhile needs no gate.
          await gate.write('go\n').catch(() => undefined);
          await gate.close();
        };
        if (await isSo()) return;
        await letThrough();
      }
    },
    open: async () => {
      await rm(fifo);
      await letThrough();
    },
  };
}

describe.skipIf(lacks('gpg', 'zstd'))('an apply that stands still while it holds the lock', () => {
  let tools: FakeTools;
  let workspace: Workspace;
  beforeEach(async () => {
    tools = await createFakeTools(['dump']);
    workspace = await createWorkspace();
  });
  afterEach(async () => {
    await tools.close();
    await workspace[Symbol.asyncDispose]();
  });

  const apply = () => workspace.start(['apply', '--yes', '--json'], { tools: tools.binDirectory });

  /** As if the lock had been taken, and renewed last, a day before. */
  async function ageLock(): Promise<void> {
    const dayBefore = new Date(Date.now() - 86_400_000);
    const log = join(workspace.backups, 'shop', 'log');
    for (const file of await readdir(log)) await utimes(join(log, file), dayBefore, dayBefore);
  }

  it('is overtaken by the next one, and both leave whole snapshots', async () => {
    const first = apply();
    const dump = await tools.started('dump');
    first.kill('SIGSTOP');
    await ageLock();
    const second = apply();
    await deliver(tools, 'of the second ');
    const overtaking = await second.result;
    expect(overtaking, overtaking.stderr).toMatchObject({ exitCode: 0 });
    expect(lastJson<RunDocument>(overtaking).state).not.toBe('locked');
    first.kill('SIGCONT');
    await dump.stdout(`of the first ${CONTENT}`);
    dump.exit(0);
    const overtaken = await first.result;
    expect([0, 3, 9], overtaken.stderr).toContain(overtaken.exitCode);
    for (const record of await recordsIn(workspace.backups)) {
      const id = record.slice(record.lastIndexOf('/') + 1, -'.json'.length);
      expect(await contentOf(workspace, id)).toMatch(/^of the (first|second) .*END$/);
    }
    const next = apply();
    const settled = await next.result;
    expect(settled, settled.stdout + settled.stderr).toMatchObject({ exitCode: 0 });
  });
});
