import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { lacks } from '../support/requires.ts';
import { SAMPLE } from './sample-run.ts';

const PROGRAM = join(import.meta.dirname, '../support/terminal-program.ts');
const PATIENCE = { timeout: 20_000, interval: 50 };
const CAPTURING = SAMPLE.findIndex((item) => typeof item === 'object' && item.type === 'step-warning') + 1;

describe.skipIf(lacks('tmux'))('on a real terminal', () => {
  let directory: string;
  const tmux = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('tmux', [
      '-S',
      join(directory, 'socket'),
      '-f',
      '/dev/null',
      ...args,
    ]);
    return stdout;
  };
  const screen = async (): Promise<string> => (await tmux('capture-pane', '-p')).trimEnd();
  const play = async (haltBefore: number, height: number, ...flags: string[]): Promise<void> => {
    const command = [process.execPath, '--import', 'tsx', PROGRAM, String(haltBefore), ...flags]
      .map((word) => `'${word}'`)
      .join(' ');
    await tmux(
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      String(height),
      `stty -echo; ${command}; echo "exit $?"; cat`,
    );
  };
  const shown = async (text: string): Promise<string> => {
    await vi.waitFor(async () => {
      expect(await screen()).toContain(text);
    }, PATIENCE);
    return screen();
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'terminal-'));
  });

  afterEach(() => {
    execFileSync('tmux', ['-S', join(directory, 'socket'), 'kill-server']);
    rmSync(directory, { recursive: true });
  });

  test(
    'each resource has one live line, redrawn in place, with the details below at the end',
    { timeout: 60_000 },
    async () => {
      await play(CAPTURING, 30);
      const live = await shown('1 warning');
      expect(live.split('\n')).toEqual([
        expect.stringMatching(/^\S calls {4}capture \(full\)$/),
        expect.stringMatching(/^\S uploads {2}capture \(full\) 4\.0 MiB of 1\.0 GiB.*, 1 warning$/),
      ]);
      await tmux('send-keys', 'Enter');
      const end = await shown('exit 0');
      await expect(`${end.replace(/\(\d.*\)/g, '(time)')}\n`).toMatchFileSnapshot('golden/terminal.txt');
    },
  );

  test('Ctrl-C is left to the program', { timeout: 60_000 }, async () => {
    await play(CAPTURING, 30, '--ascii');
    await shown('1 warning');
    await tmux('send-keys', 'C-c');
    await tmux('send-keys', 'Enter');
    const end = await shown('exit 0');
    expect(end).toContain('the end');
    expect(end).toContain('x calls    ship -> offsite failed: TARGET_FULL');
    expect(end).toContain('+ uploads');
  });

  test('a terminal that is too low for all rows gets plain lines', { timeout: 60_000 }, async () => {
    await play(-1, 4);
    await shown('exit 0');
    const all = await tmux('capture-pane', '-p', '-S', '-100');
    expect(all).toContain('ok       capture calls: 412 files, 3.1 MiB (3.2 s)');
  });
});
