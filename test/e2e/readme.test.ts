import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { consoleSteps, excerptPattern, openConsole, outputPattern } from '../support/console-session.ts';
import { normaliseOutput } from '../support/normalise-output.ts';
import { lacks } from '../support/requires.ts';
import { createWorkspace } from './support/workspace.ts';

const README = await readFile('README.md', 'utf8');

/** Rows of the Markdown table whose header starts with these words, as cells. */
function tableAfter(header: string): readonly (readonly string[])[] {
  const lines = README.split('\n');
  const first = lines.findIndex((line) => cellsOf(line).join(' ').startsWith(header)) + 2;
  const last = lines.findIndex((line, index) => index >= first && !line.startsWith('|'));
  return lines.slice(first, last).map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

interface Tree {
  readonly [key: string]: unknown;
}

/** Maps are joined, anything else is replaced. */
function merged(below: Tree, above: Tree): Tree {
  const joined = Object.entries(above).map(([key, value]) => {
    const old = below[key];
    return [key, isTree(old) && isTree(value) ? merged(old, value) : value];
  });
  return { ...below, ...(Object.fromEntries(joined) as Tree) };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every command that does something by itself; one that only groups others has no option of its own. */
function commandsOf(command: Command, path: readonly string[] = []): readonly string[] {
  const isGroup = command.commands.length > 0 && (path.length === 0 || command.options.length === 0);
  const below = command.commands.flatMap((child) => commandsOf(child, [...path, child.name()]));
  return isGroup ? below : [path.join(' '), ...below];
}

/** Blocks that quote what an example prints: the name of the example, and the lines. */
function samples(): readonly (readonly [string, string])[] {
  return [...README.matchAll(/```console ([a-z-]+)\n([^]*?)```/g)].map(([, name = '', lines = '']) => [
    name,
    lines,
  ]);
}

describe('the README', () => {
  it('shows a plan that is valid as it stands', async () => {
    const plan = /```yaml\n([^]*?)```/.exec(README)?.[1] ?? '';
    await using workspace = await createWorkspace();
    await writeFile(workspace.planFile, plan);
    const validated = await workspace.run(['validate', '--json']);
    expect(JSON.parse(validated.stdout)).toMatchObject({ valid: true, errorCount: 0, warningCount: 0 });
  });

  it('shows parts of plans that fit into it', async () => {
    const [plan = {}, ...parts] = [...README.matchAll(/```yaml\n([^]*?)```/g)].map(
      ([, text = '']) => parse(text) as Tree,
    );
    expect(parts.length).toBeGreaterThan(2);
    await using workspace = await createWorkspace();
    const keeper = [
      '--private',
      workspace.path('keeper.key'),
      '--public',
      `${dirname(workspace.planFile)}/keys/keeper.asc`,
    ];
    await workspace.run(['key', 'generate', 'keeper', '--kind', 'signer', ...keeper]);
    for (const part of parts) {
      await writeFile(workspace.planFile, JSON.stringify(merged(plan, part)));
      const validated = await workspace.run(['validate', '--json']);
      expect(JSON.parse(validated.stdout), validated.stdout).toMatchObject({ valid: true });
    }
  });

  it('names every command, in the order of the program, and no other', () => {
    const io = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: {}, cwd: '/' };
    const named = tableAfter('command what it does').flatMap(([cell = '']) =>
      cell
        .replaceAll('`', '')
        .replaceAll(/ [A-Z]+/g, '')
        .split(', '),
    );
    expect(named).toEqual(commandsOf(createProgram(io)));
  });

  it('names every exit code as the program does', () => {
    const named = tableAfter('code meaning').map(([code, meaning]) => [code, meaning]);
    expect(Object.fromEntries(named)).toEqual(EXIT_CODES);
  });

  it.each(samples())('quotes what the example %s prints', async (name, lines) => {
    const printed = await readFile(join('examples', name, 'expected.txt'), 'utf8');
    const places = { repository: '/nowhere', temporary: '/nowhere' };
    const quoted = normaliseOutput(lines.replaceAll(/\/?\bsrv\//g, 'WORK/').trimEnd(), places);
    expect(printed).toMatch(excerptPattern(quoted.split('\n')));
  });

  it('links to files that exist', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe.skipIf(lacks('gpg', 'jq', 'tar', 'zstd'))('restoring as the README says', () => {
  it('works with stock tools', async () => {
    await using workspace = await createWorkspace({
      resources: { uploads: { type: 'files', paths: ['../uploads'] } },
    });
    await mkdir(workspace.path('uploads'));
    await writeFile(workspace.path('uploads', 'a.txt'), 'a');
    const applied = await workspace.run(['apply', '--yes']);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    const home = workspace.path('home');
    await writeFile(join(home, 'escrow.key'), await readFile(workspace.path('private', 'escrow.key')));
    const session = openConsole(workspace.folder, {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      LANG: 'C.UTF-8',
    });
    for (const { command, expected, line } of consoleSteps(README)) {
      const output = await session.run(command.replace('/mnt/backups', workspace.backups));
      expect(output, `README.md:${line}`).toMatch(outputPattern(expected));
    }
    await session.run('gpgconf --kill gpg-agent');
    session.close();
    expect(await readFile(join(home, 'out', workspace.path('uploads', 'a.txt')), 'utf8')).toBe('a');
  });
});
