import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Command, ToolRun } from '../../src/domain/command.ts';
import type { Via } from '../../src/domain/plan.ts';
import type { Result } from '../../src/domain/result.ts';
import { openTransport, requirementOf } from '../../src/transport/transport.ts';
import { createContainers, type Containers } from '../support/containers.ts';
import { temporaryFolder, tools } from '../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';

let containers: Containers;
let sshd: Sshd | undefined;
const noSshd = lacks('sshd', 'ssh-keygen');

beforeAll(async () => {
  containers = await createContainers();
  if (!noSshd) sshd = await startSshd({ commands: true });
});

afterAll(async () => {
  await containers.close();
  await sshd?.stop();
});

afterEach(() => containers.setFault(undefined));

function sshTo(server: Sshd, ...more: readonly string[]): Via {
  const options = [
    `Port=${String(server.port)}`,
    `IdentityFile=${server.identityFile}`,
    'IdentitiesOnly=yes',
    `UserKnownHostsFile=${join(server.scratch, 'known')}`,
    'StrictHostKeyChecking=accept-new',
    ...more,
  ];
  return { ssh: `${server.user}@127.0.0.1`, options };
}

async function run(
  via: Via,
  command: Partial<Command> & Pick<Command, 'argv'>,
  signal = new AbortController().signal,
): Promise<Result<ToolRun>> {
  const path = `${containers.binDirectory}:${process.env['PATH'] ?? ''}`;
  vi.stubEnv('PATH', path);
  try {
    const environment = { HOME: process.env['HOME'] };
    const planDirectory = await temporaryFolder();
    const transport = await openTransport(via, { tools, environment, planDirectory, signal });
    return transport.ok ? await transport.value.tools.run(command, { signal, timeoutMs: 15_000 }) : transport;
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Words that a shell would take apart. */
const AWKWARD = ['a b', "it's", '$HOME', '`id`', '"', '\\', '*', '', 'new\nline', 'ü', '-n', '--'];

const places: readonly (readonly [string, () => Via, boolean])[] = [
  ['docker', () => ({ docker: 'shop-db' }), false],
  ['compose', () => ({ compose: { service: 'shop-db', file: 'c.yaml', project: 'p' } }), false],
  ['kubernetes', () => ({ kubernetes: { namespace: 'n', pod: 'shop-db', container: 'c' } }), false],
  ['sudo', () => ({ sudo: 'nobody' }), lacks('sudo') || lacksAbility('root')],
  ['ssh', () => sshTo(sshd as Sshd), noSshd],
  ['sudo over ssh', () => ({ ...sshTo(sshd as Sshd), sudo: 'nobody' }), noSshd || lacksAbility('root')],
];

describe.each(places)('by %s', (name, via, isLacking) => {
  const it = test.skipIf(isLacking);

  it('arguments arrive as they are, streams and exit code come back', async () => {
    const script = 'printf "%s|" "$@"; echo said >&2; exit 3';
    const done = valueOf(await run(via(), { argv: ['sh', '-c', script, 'sh', ...AWKWARD] }));
    expect(done.stdout.toString()).toBe(AWKWARD.map((word) => `${word}|`).join(''));
    expect(done.exitCode).toBe(3);
    expect(done.stderr.replace('command terminated with exit code 3\n', '')).toBe('said\n');
  });

  it.each([1, 127, 255])('the exit code %i of the tool is its own', async (code) => {
    const done = valueOf(await run(via(), { argv: ['sh', '-c', `exit ${String(code)}`] }));
    expect(done).toMatchObject({ exitCode: code, stderr: '' });
  });

  it('a secret arrives by environment and stands in no command line', async () => {
    const secret = 'pass word\'"\\ $x\nand a second line';
    const script = 'printf "%s|%s|" "$SECRET" "$PLAIN"; cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "';
    const done = valueOf(
      await run(via(), { argv: ['sh', '-c', script], env: { PLAIN: 'p q' }, secretEnv: { SECRET: secret } }),
    );
    const printed = done.stdout.toString();
    expect(printed.startsWith(`${secret}|p q|`)).toBe(true);
    expect(printed.slice(secret.length + 1)).not.toContain('pass word');
    expect(printed).toContain('backup-plan');
    expect(JSON.stringify(await containers.calls())).not.toContain('pass word');
  });

  it('the stdin of the tool follows the secrets, byte by byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
    const done = valueOf(
      await run(via(), { argv: ['cat'], secretEnv: { SECRET: 's' }, stdin: inTwo(bytes) }),
    );
    expect(done.stdout.equals(bytes)).toBe(true);
  });

  it('a file is copied there for as long as the tool runs', async () => {
    const folder = await temporaryFolder();
    const inputs = [join(folder, 'one'), join(folder, 'two')];
    for (const [at, path] of inputs.entries()) await writeFile(path, `file ${String(at)}\n`);
    const [one = '', two = ''] = inputs;
    const script = 'cat "$1" "$2"; stat -c "%a %n" "$(dirname "$1")" "$1"';
    const done = valueOf(await run(via(), { argv: ['sh', '-c', script, 'sh', one, two], inputs }));
    const [first, second, ...facts] = done.stdout.toString().split('\n');
    expect([first, second]).toEqual(['file 0', 'file 1']);
    expect(facts[0]).toMatch(/^700 \/tmp\/backup-plan\.\w{6}$/);
    expect(facts[1]).toMatch(/^600 /);
    const staged = facts[0]?.slice(4) ?? '';
    expect(() => readFileSync(staged)).toThrow('ENOENT');
  });

  it('a tool that is missing there is named', async () => {
    const failure = failureIn(await run(via(), { argv: ['no-such-tool'] }));
    expect(failure.code).toBe('TOOL_MISSING');
    expect(failure.message).toMatch(/^no-such-tool is not installed in /);
  });

  it('a tool that is killed there ended with the code of its shell', async () => {
    const done = valueOf(await run(via(), { argv: ['sh', '-c', 'kill -KILL $$'] }));
    expect(done.exitCode).toBe(137);
  });

  it('a tool is ended with the run that asked for it', { timeout: 20_000 }, async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    const held = join(folder, 'held');
    execFileSync('mkfifo', ['-m', '666', held]);
    const reader = spawn('cat', [held], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(reader, 'close');
    const abort = new AbortController();
    const script = 'exec 9>"$1"; echo started >&9; exec tail -f /dev/null';
    const done = run(via(), { argv: ['sh', '-c', script, name, held] }, abort.signal);
    await once(reader.stdout, 'data');
    abort.abort();
    expect(failureIn(await done).code).toBe('INTERRUPTED');
    // The end of the pipe comes when nobody holds it open any more.
    await closed;
  });
});

async function firstLine(fifo: string): Promise<string> {
  const head = await promisify(execFile)('head', ['-n', '1', fifo], { timeout: 10_000 });
  return head.stdout.trim();
}

async function* inTwo(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 10);
  yield bytes.subarray(10);
}

describe('the way to the place', () => {
  test.each([
    ['daemon', 125],
    ['not-executable', 126],
    ['no-shell', 127],
    ['killed', 137],
  ] as const)('docker that ends with its own code: %s', async (fault, code) => {
    await containers.setFault(fault);
    const failure = failureIn(await run({ docker: 'shop-db' }, { argv: ['true'] }));
    expect(failure.code).toBe('VIA_FAILED');
    expect(failure.message).toBe(
      `docker ended with ${String(code)} before true in container shop-db had said how it went`,
    );
    expect(failure.hint).toContain('docker ps');
  });

  test('a container that does not exist is told apart from a tool that ends with 1', async () => {
    const failure = failureIn(await run({ docker: 'other' }, { argv: ['true'] }));
    expect(failure).toMatchObject({
      code: 'VIA_FAILED',
      toolOutput: expect.stringContaining('No such container') as string,
    });
  });

  test('no terminal is asked for, and none of the options is taken for another', async () => {
    valueOf(await run({ docker: 'shop-db' }, { argv: ['true'] }));
    const call = (await containers.calls()).at(-1) ?? [];
    expect(call.slice(0, 6), JSON.stringify(call)).toEqual([
      'docker',
      'exec',
      '--interactive',
      'shop-db',
      'sh',
      '-c',
    ]);
    valueOf(await run({ compose: { service: 'shop-db', file: 'c.yaml' } }, { argv: ['true'] }));
    expect((await containers.calls()).at(-1)?.slice(0, 6)).toEqual([
      'docker',
      'compose',
      '--file=c.yaml',
      'exec',
      '--no-TTY',
      'shop-db',
    ]);
  });

  test.skipIf(noSshd)('ssh that cannot log in', async () => {
    const failure = failureIn(await run(sshTo(sshd as Sshd, 'PubkeyAuthentication=no'), { argv: ['true'] }));
    expect(failure.code).toBe('VIA_FAILED');
    expect(failure.message).toContain('ssh ended with 255');
    expect(failure.hint).toContain('BatchMode');
  });

  test.skipIf(noSshd)('a connection that breaks while the tool runs', async () => {
    const folder = await temporaryFolder();
    const started = join(folder, 'started');
    execFileSync('mkfifo', [started]);
    const script = 'echo half; echo started > "$1"; exec sleep 60';
    const done = run(sshTo(sshd as Sshd), { argv: ['sh', '-c', script, 'sh', started] });
    await firstLine(started);
    sshd?.killSessions();
    expect(failureIn(await done).code).toBe('VIA_FAILED');
  });

  test.skipIf(lacks('sudo') || lacksAbility('root'))(
    'sudo without a rule does not wait for a password',
    async () => {
      const failure = failureIn(await run({ sudo: 'no-such-user' }, { argv: ['true'] }));
      expect(failure).toMatchObject({
        code: 'VIA_FAILED',
        message: expect.stringContaining('sudo ended with 1') as string,
      });
    },
  );
});

describe('a selector', () => {
  const via: Via = { kubernetes: { selector: 'app=shop' } };

  test('means the one pod that runs', async () => {
    await containers.setPods(['shop-db']);
    expect(valueOf(await run(via, { argv: ['echo', 'here'] })).stdout.toString()).toBe('here\n');
  });

  test.each([
    ['no running pod', []],
    ['2 running pods', ['a', 'b']],
  ])('that means %s is refused', async (found, pods) => {
    await containers.setPods(pods);
    const failure = failureIn(await run(via, { argv: ['true'] }));
    expect(failure).toMatchObject({ code: 'VIA_FAILED', message: `the selector app=shop means ${found}` });
  });
});

test('what is needed here is the tool that reaches the place', () => {
  expect(requirementOf({ docker: 'x' }).tool).toBe('docker');
  expect(requirementOf({ ssh: 'x', sudo: 'y' }).tool).toBe('ssh');
  expect(requirementOf({ kubernetes: { selector: 'a=b' } }).tool).toBe('kubectl');
});
