import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleSteps, openConsole, outputPattern, type ConsoleSession } from '../support/console-session.ts';
import { lacks } from '../support/requires.ts';

const EXAMPLES = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.skipIf(lacks('gpg', 'jq', 'sqlite3', 'tar', 'zstd'))(
  'the examples print what their README says',
  () => {
    let folder: string;
    let session: ConsoleSession | undefined;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'example-'));
      await mkdir(join(folder, 'bin'));
      await symlink(resolve('dist/bin.js'), join(folder, 'bin', 'backup-plan'));
    });
    afterEach(async () => {
      session?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(EXAMPLES)('%s', async (name) => {
      const example = join(folder, name);
      await cp(join('examples', name), example, { recursive: true });
      const steps = consoleSteps(await readFile(join(example, 'README.md'), 'utf8'));
      expect(steps.length).toBeGreaterThan(3);
      session = openConsole(example, {
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        LANG: 'C.UTF-8',
        TZ: 'UTC',
      });
      for (const { line, command, expected } of steps) {
        const output = await session.run(command);
        expect(output, `${name}/README.md:${line}: ${command}`).toMatch(outputPattern(expected));
      }
    });
  },
);
