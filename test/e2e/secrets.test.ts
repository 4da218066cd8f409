import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeTools, type FakeToolRun } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { failureOf, type RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

const CANARIES = {
  variable: 'canary-of-the-variable/1+1=2',
  file: 'canary-of-the-file/3+3=6',
  command: 'canary-of-the-command/4+4=8',
};

const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
];

const secretResource = dumpResource({
  env: {
    FROM_VARIABLE: { secret: 'variable' },
    FROM_FILE: { secret: 'file' },
    FROM_COMMAND: { secret: 'command' },
  },
});

async function secretWorkspace(): Promise<Workspace> {
  const workspace = await createWorkspace({
    secrets: {
      variable: { env: 'APP_TOKEN' },
      file: { file: '../private/token' },
      command: { command: ['cat', '../private/other-token'] },
    },
    resources: { export: secretResource },
  });
  await writeFile(workspace.path('private', 'token'), `${CANARIES.file}\n`, { mode: 0o600 });
  await writeFile(workspace.path('private', 'other-token'), `${CANARIES.command}\n`, { mode: 0o600 });
  return workspace;
}

function start(workspace: Workspace, tools: string): ReturnType<Workspace['start']> {
  return workspace.start(['apply', '--yes', '--json'], { tools, env: { APP_TOKEN: CANARIES.variable } });
}

async function expectNoCanary(workspace: Workspace, { stdout, stderr }: CliResult): Promise<void> {
  const stored = await filesBelow(workspace.backups);
  const objects = await Promise.all(stored.map((file) => readFile(join(workspace.backups, file), 'latin1')));
  const payloads = objects
    .filter((text) => text.startsWith('{'))
    .map((text) => Buffer.from((JSON.parse(text) as { payload: string }).payload, 'base64').toString());
  const everything = [stdout, stderr, ...stored, ...objects, ...payloads].join('\n');
  for (const secret of Object.values(CANARIES)) {
    for (const form of formsOf(secret)) expect(everything).not.toContain(form);
  }
  expect(await filesBelow(workspace.scratch)).toEqual([]);
}

describe.skipIf(lacks('gpg', 'zstd'))('secrets', () => {
  it('reach the tool by its environment, and nothing else of ours does', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await secretWorkspace();
    const run = start(workspace, tools.binDirectory);
    const dump = await tools.started('dump');
    expect(dump.env).toMatchObject({
      FROM_VARIABLE: CANARIES.variable,
      FROM_FILE: CANARIES.file,
      FROM_COMMAND: CANARIES.command,
    });
    expect(Object.keys(dump.env)).not.toContain('APP_TOKEN');
    expect(JSON.stringify(dump.argv)).not.toContain('canary');
    await dump.stdout('fine END');
    dump.exit(0);
    const result = await run.result;
    expect(result.exitCode, result.stderr).toBe(0);
    await expectNoCanary(workspace, result);
  });

  it('show in nothing that a failing tool said, in whatever form and pieces', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await secretWorkspace();
    const run = start(workspace, tools.binDirectory);
    const dump = await tools.started('dump');
    for (const secret of Object.values(CANARIES)) await sayInPieces(dump, secret);
    dump.exit(1);
    const result = await run.result;
    expect(failureOf(result)?.toolOutput).toContain('login with');
    await expectNoCanary(workspace, result);
    const plain = await workspace.run(['backup'], {
      tools: tools.binDirectory,
      env: { APP_TOKEN: '' },
    });
    expect(plain.exitCode).toBe(9);
  });

  async function sayInPieces(dump: FakeToolRun, secret: string): Promise<void> {
    for (const form of formsOf(secret)) {
      const line = `login with ${form} failed\n`;
      const middle = Math.floor(line.length / 2);
      await dump.stderr('e'.repeat(3_000));
      await dump.stderr(line.slice(0, middle));
      await dump.stderr(line.slice(middle));
    }
  }

  it('are not asked for, and no program runs, while a plan is only looked at', async () => {
    await using tools = await createFakeTools(['dump', 'gpg', 'zstd', 'git', 'cat']);
    await using workspace = await secretWorkspace();
    const hooks = { before: [['dump']], after: [['dump']] };
    await workspace.write({
      secrets: { command: { command: ['cat', '../private/other-token'] } },
      resources: { export: { ...dumpResource({ hooks }), env: { T: { secret: 'command' } } } },
    });
    for (const command of [['validate'], ['config', 'show'], ['graph']]) {
      const result = await workspace.run(command, { tools: tools.binDirectory });
      expect(result.exitCode, result.stderr).toBe(0);
    }
    expect(tools.unclaimed()).toEqual([]);
  });

  it.skipIf(lacks('strace'))('validate executes nothing at all', async () => {
    await using workspace = await secretWorkspace();
    const trace = workspace.path('trace');
    const under = ['strace', '-f', '-qq', '-e', 'trace=execve,execveat', '-o', trace];
    const env = { APP_TOKEN: CANARIES.variable };
    const result = await workspace.run(['validate'], { under, env });
    expect(result.exitCode, result.stderr).toBe(0);
    const calls = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes('exec'));
    expect(calls).toHaveLength(1);
  });

  it.each(['token', 'writer.key'])('in a file that others may read are refused: %s', async (file) => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await secretWorkspace();
    await chmod(workspace.path('private', file), 0o644);
    const result = await start(workspace, tools.binDirectory).result;
    expect(result.exitCode).toBe(9);
    expect(failureOf(result)).toMatchObject({ code: 'SECRET_UNREADABLE' });
    expect(failureOf(result)?.message).toContain('can be read by others');
    expect(await recordsIn(workspace.backups)).toEqual([]);
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('hostile values', () => {
  const values = ['$(id)', '`id`', ';id', '-x', '--to-command=id', 'a b', "'", '"', '*', 'é\n!'];

  it('reach a program as one argument each, unchanged', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace({
      resources: { export: dumpResource({ dump: ['dump', ...values] }) },
    });
    const run = workspace.start(['apply', '--yes'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    expect(dump.argv).toEqual(values);
    await dump.stdout('fine END');
    dump.exit(0);
    expect((await run.result).exitCode).toBe(0);
  });

  it('with a NUL are refused while the plan is read', async () => {
    await using workspace = await createWorkspace({
      resources: { export: dumpResource({ dump: ['dump', 'a\u0000b'] }) },
    });
    expect((await workspace.run(['validate'])).exitCode).toBe(10);
  });

  it('do not become hooks where --no-hooks is given', async () => {
    await using tools = await createFakeTools(['dump', 'hook']);
    const hooks = { before: [['hook']], after: [['hook']], onFailure: [['hook']] };
    await using workspace = await createWorkspace({ resources: { export: dumpResource({ hooks }) } });
    const run = workspace.start(['apply', '--yes', '--no-hooks', '--json'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    await dump.stdout('fine END');
    dump.exit(0);
    expect(lastJson<RunDocument>(await run.result)).toMatchObject({ exitCode: 0 });
    expect(tools.unclaimed()).toEqual([]);
  });

  it('of the umask do not open the target to others', async () => {
    await using workspace = await createWorkspace({
      resources: { export: dumpResource({ dump: ['printf', 'fine END'] }) },
    });
    const under = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];
    expect((await workspace.run(['apply', '--yes'], { under })).exitCode).toBe(0);
    for (const file of await filesBelow(workspace.backups)) {
      const { mode } = await stat(join(workspace.backups, file));
      expect(`${file} ${(mode & 0o777).toString(8)}`).toBe(`${file} 600`);
    }
    const folders = ['.', 'shop', 'shop/data', 'shop/snapshots', 'shop/log', 'tmp'];
    for (const folder of folders) {
      expect((await stat(join(workspace.backups, folder))).mode & 0o777, folder).toBe(0o700);
    }
  });
});
