import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/completion/script.ts';
import { createProgram } from '../../src/cli/program.ts';
import { lacks } from '../support/requires.ts';

const io = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: {}, cwd: '/' };
const program = createProgram(io);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
  await writeFile(join(folder, 'script'), completionScript(program, 'bash'));
  await writeFile(join(folder, 'plan.yaml'), '');
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash offers for the last word. */
function offered(...words: readonly string[]): readonly string[] {
  const script =
    'source ./script; COMP_WORDS=(backup-plan "$@"); COMP_CWORD=$#; _backup_plan; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-uc', script, 'bash', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  it('offers every command', () => {
    const names = program.commands.map((command) => command.name());
    expect(offered('')).toEqual(expect.arrayContaining(names));
    expect(offered('va')).toEqual(['validate']);
    expect(offered('pl')).toEqual(['plan']);
  });

  it('offers the options of the command that was written', () => {
    expect(offered('restore', '--')).toEqual(
      expect.arrayContaining(['--to', '--only', '--dry-run', '--key', '--help']),
    );
    expect(offered('restore', '--')).not.toContain('--prometheus');
    expect(offered('apply', '--ex')).toEqual(['--expect']);
  });

  it('offers the commands below a command, and their options', () => {
    expect(offered('key', '')).toEqual(expect.arrayContaining(['generate', 'list', 'check']));
    expect(offered('key', 'generate', '--pr')).toEqual(['--private']);
  });

  it('offers the values of an option and of an argument', () => {
    expect(offered('verify', '--level', '')).toEqual(['record', 'checksum', 'decrypt']);
    expect(offered('schedule', 'render', '--as', 's')).toEqual(['systemd']);
    expect(offered('completion', 'z')).toEqual(['zsh']);
  });

  it('offers files for anything else', () => {
    expect(offered('validate', 'pl')).toEqual(['plan.yaml']);
    expect(offered('apply', '--plan', 'pl')).toEqual(['plan.yaml']);
  });

  it('registers itself for the program', () => {
    const { stdout } = spawnSync('bash', ['--norc', '-c', 'source ./script; complete -p backup-plan'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toContain('-F _backup_plan backup-plan');
  });
});

describe.skipIf(lacks('zsh'))('completion in zsh', () => {
  it('is a script that zsh can read', () => {
    const { status } = spawnSync('zsh', ['-n'], { input: completionScript(program, 'zsh') });
    expect(status).toBe(0);
  });
});

describe('completion in fish', () => {
  it('has one line for each option, in quotes that nothing breaks out of', () => {
    const lines = completionScript(program, 'fish').trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^complete -c backup-plan (?:-[a-z] (?:[\w-]+|'(?:[^'\\]|\\.)*')|-[rx]| )+$/);
    }
  });

  it.skipIf(lacks('fish'))('is a script that fish can read', async () => {
    const script = join(folder, 'backup-plan.fish');
    await writeFile(script, completionScript(program, 'fish'));
    const env = { ...process.env, HOME: folder };
    const { status, stderr } = spawnSync('fish', ['--no-execute', script], { encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
