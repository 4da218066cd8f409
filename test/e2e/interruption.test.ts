import { readFile } from 'node:fs/promises';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { createFakeTools, type FakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliRun } from './support/cli.ts';
import { allGone, processesOf } from './support/processes.ts';
import { backUp, contentOf, deliver, expectOnly, type RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

describe.skipIf(lacks('gpg', 'zstd'))('a run that is interrupted', () => {
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

  const apply = (): CliRun => workspace.start(['apply', '--yes', '--json'], { tools: tools.binDirectory });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'stops the tools on %s, cleans up, runs the after hooks and exits %i',
    async (signal, exitCode) => {
      const hooks = { after: [['sh', '-c', `echo after >> ${workspace.path('hooks')}`]] };
      await workspace.write({ resources: { export: dumpResource({ hooks }) } });
      const run = apply();
      const dump = await tools.started('dump');
      await dump.stdout('x'.repeat(65_536), 32);
      run.kill(signal);
      await dump.ended;
      expect((await run.result).exitCode).toBe(exitCode);
      expect(await readFile(workspace.path('hooks'), 'utf8')).toBe('after\n');
      await allGone(workspace);
      await expectOnly(workspace, []);
      await backUp(workspace, tools, 'after the interruption');
    },
  );

  it('kills a tool that ignores the first signal, after a grace', async () => {
    const run = apply();
    const dump = await tools.started('dump');
    await dump.trap('SIGTERM');
    run.kill('SIGINT');
    await dump.trapped('SIGTERM');
    expect((await run.result).exitCode).toBe(130);
    await dump.ended;
    await allGone(workspace);
    await expectOnly(workspace, []);
  });

  it('ends at once on the second signal', async () => {
    const run = apply();
    const dump = await tools.started('dump');
    await dump.trap('SIGTERM');
    run.kill('SIGINT');
    await dump.trapped('SIGTERM');
    const askedAgain = performance.now();
    run.kill('SIGINT');
    expect((await run.result).exitCode).toBe(130);
    expect(performance.now() - askedAgain).toBeLessThan(2_000);
    await dump.ended;
    await allGone(workspace);
    expect(await recordsIn(workspace.backups)).toEqual([]);
  });

  it('leaves nothing behind that the next run minds when it is killed', async () => {
    const good = await backUp(workspace, tools, 'first');
    const killed = workspace.start(['backup'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    await dump.stdout('x'.repeat(65_536), 32);
    process.kill(killed.pid, 'SIGKILL');
    await Promise.all([killed.result, dump.ended]);
    await allGone(workspace);
    const next = await backUp(workspace, tools, 'second');
    await expectOnly(workspace, [good, next]);
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('two runs at once', () => {
  it('skips the second one, which says who holds the lock', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const first = workspace.start(['apply', '--yes'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    const second = await workspace.run(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    expect(second.exitCode, second.stderr).toBe(0);
    const { state, heldBy } = lastJson<RunDocument>(second);
    expect(state).toBe('locked');
    expect(heldBy).toContain(`pid ${String(first.pid)}`);
    await dump.stdout('fine END');
    dump.exit(0);
    expect((await first.result).exitCode).toBe(0);
    expect(await recordsIn(workspace.backups)).toHaveLength(1);
  });

  it('lets the second one wait where it is asked to', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const first = workspace.start(['apply', '--yes'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    const second = workspace.start(['backup', '--wait'], { tools: tools.binDirectory });
    await dump.stdout('fine END');
    dump.exit(0);
    expect((await first.result).exitCode).toBe(0);
    await deliver(tools, 'also fine ');
    expect((await second.result).exitCode).toBe(0);
    expect(await recordsIn(workspace.backups)).toHaveLength(2);
  });

  it('takes over the lock of a run that was killed, at once', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const killed = workspace.start(['apply', '--yes'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    process.kill(killed.pid, 'SIGKILL');
    await Promise.all([killed.result, dump.ended]);
    const good = await backUp(workspace, tools, 'taken over');
    expect(await contentOf(workspace, good.id)).toBe(good.content);
    const entries = (await filesBelow(workspace.backups)).filter((path) => path.startsWith('shop/log/'));
    expect(entries.length).toBeGreaterThan(2);
    await allGone(workspace);
    expect(processesOf(workspace)).toEqual([]);
  });
});
