import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretReader, readSecretReference } from '../../src/platform/secrets.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createTools } from '../../src/platform/tools.ts';
import { createFakeTools } from '../support/fake-tool.ts';
import { lacksAbility } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';

let planDirectory: string;
beforeAll(async () => {
  planDirectory = await mkdtemp(path.join(tmpdir(), 'secrets-test-'));
});
afterAll(() => rm(planDirectory, { recursive: true }));

function settings() {
  const masker = createMasker();
  return { planDirectory, masker, tools: createTools({ masker }) };
}

async function secretFile(name: string, content: string, mode = 0o600): Promise<string> {
  const file = path.join(planDirectory, name);
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

describe('a secret', () => {
  it('comes from a variable, a private file or a command, without its line end', async () => {
    process.env['SECRETS_TEST'] = 'from-env';
    await secretFile('token', 'from-file\n');
    const given = settings();
    expect(valueOf(await readSecretReference({ env: 'SECRETS_TEST' }, given))).toBe('from-env');
    expect(valueOf(await readSecretReference({ file: 'token' }, given))).toBe('from-file');
    expect(valueOf(await readSecretReference({ command: ['printf', 'from-command\\r\\n'] }, given))).toBe(
      'from-command',
    );
    expect(given.masker.mask('from-env from-file from-command')).toBe('*** *** ***');
  });

  it('keeps the line ends inside', async () => {
    await secretFile('key', 'line one\nline two\n');
    expect(valueOf(await readSecretReference({ file: 'key' }, settings()))).toBe('line one\nline two');
  });

  it.each([0o640, 0o604, 0o620])('is refused from a file of mode %o', async (mode) => {
    const file = await secretFile(`open-${String(mode)}`, 'x'.repeat(8), mode);
    const reason = failureIn(await readSecretReference({ file }, settings()));
    expect(reason).toMatchObject({ code: 'SECRET_UNREADABLE', hint: `Run chmod 600 ${file}.` });
    expect(reason.message).toBe(`${file} can be read by others (mode ${mode.toString(8)})`);
  });

  it.skipIf(lacksAbility('root'))("is refused from another user's file", async () => {
    const file = await secretFile('foreign', 'x'.repeat(8));
    await chown(file, 12_345, 12_345);
    expect(failureIn(await readSecretReference({ file }, settings())).message).toMatch(
      /belongs to another user$/,
    );
  });

  it('is judged by the file behind a link', async () => {
    await symlink(await secretFile('exposed', 'x'.repeat(8), 0o644), path.join(planDirectory, 'link'));
    expect(failureIn(await readSecretReference({ file: 'link' }, settings())).message).toMatch(/mode 644/);
  });

  it('is refused where it is no file, is missing, too large or empty', async () => {
    await mkdir(path.join(planDirectory, 'directory'), { mode: 0o700 });
    await secretFile('large', 'x'.repeat(70_000));
    await secretFile('empty', '\n');
    for (const file of ['directory', 'missing', 'large', 'empty']) {
      const reason = failureIn(await readSecretReference({ file }, settings()));
      expect(reason.code).toBe('SECRET_UNREADABLE');
      expect(reason.message).toContain(file);
    }
    delete process.env['SECRETS_TEST_UNSET'];
    expect(failureIn(await readSecretReference({ env: 'SECRETS_TEST_UNSET' }, settings())).message).toBe(
      'the variable SECRETS_TEST_UNSET is not set',
    );
  });

  it('is refused from a command that fails, even where it printed something', async () => {
    const reason = failureIn(
      await readSecretReference(
        { command: ['sh', '-c', 'echo half-secret; echo locked >&2; exit 4'] },
        settings(),
      ),
    );
    expect(reason).toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: 'sh ended with 4',
      toolOutput: 'locked\n',
    });
    expect(JSON.stringify(reason)).not.toContain('half-secret');
    expect(failureIn(await readSecretReference({ command: ['no-such-tool'] }, settings())).code).toBe(
      'SECRET_UNREADABLE',
    );
  });

  it('gets no shell: arguments are literal', async () => {
    expect(valueOf(await readSecretReference({ command: ['echo', '$(id) `id`; id'] }, settings()))).toBe(
      '$(id) `id`; id',
    );
  });
});

describe('the reader of secrets', () => {
  it('resolves each secret once, when it is asked for', async () => {
    await using tools = await createFakeTools(['vault']);
    const references = { token: { command: [`${tools.binDirectory}/vault`, 'read'] }, other: { env: 'X' } };
    const reader = createSecretReader({ references, ...settings() });
    const both = Promise.all([reader.read('token'), reader.read('token')]);
    const vault = await tools.started('vault');
    expect(vault.argv.slice(-1)).toEqual(['read']);
    await vault.stdout('opened\n');
    vault.exit(0);
    expect((await both).map(valueOf)).toEqual(['opened', 'opened']);
    expect(tools.unclaimed()).toEqual([]);
  });

  it('knows only what is declared', async () => {
    const reader = createSecretReader({ references: {}, ...settings() });
    for (const name of ['toString', '__proto__', 'token']) {
      expect(failureIn(await reader.read(name)).message).toBe(`the secret ${name} is not declared`);
    }
  });
});
