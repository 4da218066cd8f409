import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  // Below the repository, so that the test files in it find vitest.
  folder = await mkdtemp(resolve('node_modules/.closing-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(files: Record<string, string>): Promise<{ status: number | null; lines: string[] }> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), `import { it, describe, expect } from 'vitest';\n${text}`);
  }
  const args = ['run', '--root', folder, '--reporter', resolve('.config/closing-reporter.ts')];
  const { status, stdout } = spawnSync('node_modules/.bin/vitest', args, { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
}

describe('the closing line of a test run', () => {
  it('counts passed, failed and skipped tests and names the skipped ones', async () => {
    const { status, lines } = await run({
      'a.test.ts': `it('one', () => {}); it('two', () => { expect(1).toBe(2); });
        describe.skipIf(true)('suite', () => { it('three', () => {}); });`,
    });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped');
    expect(lines).toContain('skipped: a.test.ts > suite > three');
  });

  it('counts a file that cannot be loaded as failed', async () => {
    const { status, lines } = await run({
      'a.test.ts': `it('one', () => {});`,
      'b.test.ts': `throw new Error('not loadable');`,
    });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('counts an error outside of every test as failed', async () => {
    const { status, lines } = await run({
      'a.test.ts': `it('one', () => new Promise((resolve) => setTimeout(() => {
        setImmediate(resolve);
        throw new Error('late');
      }, 0)));`,
    });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  });
});
