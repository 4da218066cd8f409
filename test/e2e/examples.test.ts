import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { normaliseOutput } from '../support/normalise-output.ts';
import { lacks } from '../support/requires.ts';

const EXAMPLES = resolve('examples');
const NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const LONGEST_MS = 120_000;

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ex-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Both streams in one pipe, as a person sees them. */
async function runExample(name: string): Promise<{ output: string; exitCode: number | null }> {
  const child = spawn('bash', ['-c', 'exec bash "$0" 2>&1', join(EXAMPLES, name, 'run.sh')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { output: await text(child.stdout), exitCode: await ended };
}

describe('every example', () => {
  it.each(NAMES)('%s has a plan, a script, what it prints and a few words', (name) => {
    const files = ['README.md', 'backup-plan.yaml', 'expected.txt', 'run.sh'];
    expect(files.filter((file) => !existsSync(join(EXAMPLES, name, file)))).toEqual([]);
  });
});

describe.skipIf(
  lacks(
    'gpg',
    'gpgv',
    'jq',
    'pg_ctlcluster',
    'pg_dump',
    'redis-cli',
    'redis-server',
    'sqlite3',
    'sshd',
    'tar',
    'zstd',
  ),
)('the example', () => {
  // Once more where a schedule ticked in between, so that a second apply had something to do.
  it.each(NAMES)('%s prints what it promises', { timeout: LONGEST_MS, retry: 1 }, async (name) => {
    const { output, exitCode } = await runExample(name);
    const normal = normaliseOutput(output, { repository: resolve('.'), temporary: folder });
    expect(exitCode, output).toBe(0);
    await expect(normal).toMatchFileSnapshot(join(EXAMPLES, name, 'expected.txt'));
  });
});
