import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeTools, type FakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliRun } from './support/cli.ts';
import { allGone, processNamed, processesOf } from './support/processes.ts';
import { backUp, expectOnly, failureOf, type GoodSnapshot, type RunDocument } from './support/snapshots.ts';
import {
  createWorkspace,
  dumpResource,
  filesBelow,
  type PlanParts,
  type Workspace,
} from './support/workspace.ts';

describe.skipIf(lacks('gpg', 'zstd'))('a run whose tools fail', () => {
  let tools: FakeTools;
  let workspace: Workspace;
  let good: GoodSnapshot;
  beforeAll(async () => {
    tools = await createFakeTools(['dump']);
    workspace = await createWorkspace();
    good = await backUp(workspace, tools, 'first');
  });
  afterAll(async () => {
    await tools.close();
    await workspace[Symbol.asyncDispose]();
  });

  /** A backup of `export` with these settings instead of the sample's. */
  async function start(parts: PlanParts = {}): Promise<CliRun> {
    await workspace.write({ resources: { export: dumpResource(parts) } });
    return workspace.start(['apply', '--yes', '--json', '--now', tick()], { tools: tools.binDirectory });
  }

  /** Every run pretends to be a day later, so that there is always something due and no back-off. */
  let days = 1;
  const tick = (): string => new Date(Date.now() + (days += 1) * 86_400_000).toISOString();

  async function expectFailure(run: CliRun, code: string, message: RegExp): Promise<void> {
    const result = await run.result;
    const document = failureOf(result);
    expect(document, result.stderr).toMatchObject({ code });
    expect(document?.message).toMatch(message);
    expect(result.exitCode).toBe(3);
    await allGone(workspace);
    await expectOnly(workspace, [good]);
  }

  it('drops what a tool wrote before it exited with an error', async () => {
    const run = await start();
    const dump = await tools.started('dump');
    await dump.stdout('x'.repeat(65_536), 16);
    await dump.stderr('connection lost\n');
    dump.exit(1);
    await expectFailure(run, 'SOURCE_FAILED', /dump exited 1/);
    expect(failureOf(await run.result)?.toolOutput).toContain('connection lost');
  });

  it('does not believe an exit code of 0 without the proof', async () => {
    const run = await start();
    const dump = await tools.started('dump');
    await dump.stdout('half of i');
    dump.exit(0);
    await expectFailure(run, 'INCOMPLETE_OUTPUT', /./);
  });

  it('takes empty output for a failure', async () => {
    const run = await start();
    (await tools.started('dump')).exit(0);
    await expectFailure(run, 'SOURCE_EMPTY', /wrote nothing/);
  });

  it.each(['SIGKILL', 'SIGSEGV'] as const)(
    'names the signal %s that ended a tool after its output',
    async (signal) => {
      const run = await start();
      const dump = await tools.started('dump');
      await dump.stdout('all of it END');
      dump.die(signal);
      await expectFailure(run, 'SOURCE_FAILED', new RegExp(signal));
    },
  );

  it.each(['zstd', 'gpg'])('stops everything when %s is killed', async (stage) => {
    const run = await start();
    const dump = await tools.started('dump');
    await dump.stdout('x'.repeat(65_536), 32);
    process.kill(await processNamed(workspace, stage), 'SIGKILL');
    await dump.ended;
    await expectFailure(run, 'STAGE_FAILED', /SIGKILL/);
  });

  it('stops a tool that is silent for too long', async () => {
    const run = await start({ limits: { idleTimeout: '1s', retries: 0 } });
    const dump = await tools.started('dump');
    await dump.stdout('something');
    await dump.ended;
    await expectFailure(run, 'TOOL_TIMEOUT', /no byte moved for 1 s/);
  });

  it('kills a silent tool that ignores the request to end', async () => {
    const run = await start({ limits: { idleTimeout: '1s', retries: 0 } });
    const dump = await tools.started('dump');
    await dump.trap('SIGTERM');
    await dump.trapped('SIGTERM');
    await dump.ended;
    await expectFailure(run, 'TOOL_TIMEOUT', /no byte moved/);
  });

  it('stops a tool that never ends', async () => {
    const run = await start({ limits: { timeout: '2s', retries: 0 } });
    const dump = await tools.started('dump');
    const writeOn = (): Promise<void> => dump.stdout('.').then(writeOn, () => undefined);
    await writeOn();
    await expectFailure(run, 'TOOL_TIMEOUT', /after 2 s/);
  });

  it('does not wait for a grandchild that keeps the output open', async () => {
    const run = await start();
    const dump = await tools.started('dump');
    await dump.stdout('all of it END');
    const grandchild = await dump.grandchild();
    dump.exit(0);
    const result = await run.result;
    expect(result.exitCode).toBe(3);
    expect(processesOf(workspace).map(({ pid }) => pid)).not.toContain(grandchild);
    await expectOnly(workspace, [good]);
  });

  it('stays small while a tool floods stderr without a line end, and keeps the end of it', async () => {
    const run = await start();
    const dump = await tools.started('dump');
    const flood = 'e'.repeat(1024 * 1024);
    for (let written = 0; written < 50; written += 1) await dump.stderr(flood);
    const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${String(run.pid)}/status`, 'utf8'))?.[1];
    expect(Number(peak) * 1024).toBeLessThan(250e6);
    await dump.stderr('the last words');
    dump.exit(2);
    await expectFailure(run, 'SOURCE_FAILED', /exited 2/);
    const { stdout, stderr } = await run.result;
    expect(stdout.length + stderr.length).toBeLessThan(300_000);
    expect(failureOf(await run.result)?.toolOutput).toContain('the last words');
  });

  it('stops a source that grows beyond limits.maxSize', async () => {
    const run = await start({ limits: { maxSize: '1MiB', retries: 0 } });
    const dump = await tools.started('dump');
    await expect(dump.stdout('x'.repeat(1024 * 1024), 64)).rejects.toThrow();
    await expectFailure(run, 'SIZE_LIMIT', /more than 1048576 bytes/);
  });

  it('commits an empty source where the plan allows it', async () => {
    const run = await start({ source: { allowEmpty: true } });
    (await tools.started('dump')).exit(0);
    const result = await run.result;
    expect(lastJson<RunDocument>(result), result.stderr).toMatchObject({ exitCode: 0 });
  });
});

describe('a run whose tools are not there', () => {
  it('fails before anything is written where the program is not on the path', async () => {
    await using workspace = await createWorkspace();
    const result = await workspace.run(['apply', '--yes', '--json']);
    expect(result.exitCode).toBe(9);
    expect(failureOf(result)).toMatchObject({ code: 'TOOL_MISSING' });
    expect(await filesBelow(workspace.backups)).toEqual([]);
  });

  it('fails before anything is written where the file is not executable', async () => {
    await using workspace = await createWorkspace({
      resources: { export: dumpResource({ dump: ['./dump.sh'] }) },
    });
    await writeFile(workspace.path('plan', 'dump.sh'), '#!/bin/sh\necho END\n');
    await chmod(workspace.path('plan', 'dump.sh'), 0o644);
    const result = await workspace.run(['apply', '--yes', '--json']);
    expect(result.exitCode).toBe(9);
    expect(failureOf(result)).toMatchObject({ code: 'TOOL_MISSING' });
    expect(await filesBelow(workspace.backups)).toEqual([]);
  });

  it('takes exit code 127 for the failure that it is', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const run = workspace.start(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    await dump.stdout('all of it END');
    dump.exit(127);
    expect(failureOf(await run.result)).toMatchObject({ code: 'SOURCE_FAILED' });
    await expectOnly(workspace, []);
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('one of four resources fails', () => {
  const names = ['calls', 'mails', 'notes', 'users'];
  const plan = (onFailure: string): PlanParts => ({
    onFailure,
    resources: {
      ...Object.fromEntries(names.map((name) => [name, dumpResource({ dump: [name] })])),
      report: dumpResource({ dump: ['report'], dependsOn: ['calls'] }),
    },
  });

  it('continues with the others and reports each', async () => {
    await using tools = await createFakeTools([...names, 'report']);
    await using workspace = await createWorkspace(plan('continue'));
    const run = workspace.start(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    for (const name of names) {
      const dump = await tools.started(name);
      await dump.stdout('fine END');
      dump.exit(name === 'calls' ? 1 : 0);
    }
    const { exitCode, resources } = lastJson<RunDocument>(await run.result);
    expect(exitCode).toBe(3);
    const states = Object.fromEntries(resources.map(({ resource, state }) => [resource, state]));
    expect(states).toEqual({
      calls: 'failed',
      mails: 'succeeded',
      notes: 'succeeded',
      users: 'succeeded',
      report: 'skipped',
    });
  });

  it('starts nothing more where the plan says so', async () => {
    await using tools = await createFakeTools([...names, 'report']);
    await using workspace = await createWorkspace(plan('no-new'));
    const run = workspace.start(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    const [first, second] = [await tools.started('calls'), await tools.started('mails')];
    first.exit(1);
    await run.event(({ type, state }) => type === 'step-finished' && state === 'failed');
    await second.stdout('fine END');
    second.exit(0);
    const { exitCode, resources } = lastJson<RunDocument>(await run.result);
    expect(exitCode).toBe(3);
    expect(resources).toHaveLength(5);
    expect(resources.filter(({ state }) => state === 'failed').length).toBeGreaterThan(0);
    expect(tools.unclaimed()).toEqual([]);
  });
});
