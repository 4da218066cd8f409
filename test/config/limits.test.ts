import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../src/config/load-plan.ts';
import { withFolder } from './golden-case.ts';
import { codesOf, HEAD, load, PLAN } from './plan-folder.ts';
import { registries } from './registries.ts';

const MIB = 1024 * 1024;

async function timed<T>(action: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const start = performance.now();
  const result = await action();
  return { result, ms: performance.now() - start };
}

/** Resident memory that the action adds, as far as it can be seen from outside. */
async function grown<T>(action: () => Promise<T>): Promise<{ readonly result: T; readonly bytes: number }> {
  const before = process.memoryUsage.rss();
  const result = await action();
  return { result, bytes: process.memoryUsage.rss() - before };
}

describe('files that are no plan', () => {
  it.each([
    ['gone.yaml', 'there is no such file'],
    ['folder', 'is not a regular file'],
  ])('%s', async (name, reason) => {
    await withFolder(async (folder) => {
      mkdirSync(join(folder, 'folder'));
      const loaded = await loadPlan({ file: join(folder, name), env: {}, registries });
      expect(codesOf(loaded)).toEqual(['BP1001']);
      expect(loaded.diagnostics[0]?.message).toContain(reason);
      expect(loaded.plan).toBeUndefined();
    });
  });

  it('a device is not read', async () => {
    expect(codesOf(await loadPlan({ file: '/dev/zero', env: {}, registries }))).toEqual(['BP1001']);
  });

  it('names the byte that is not UTF-8', async () => {
    const loaded = await load(Buffer.from(`${PLAN}# caf\xe9\n`, 'latin1'));
    expect(codesOf(loaded)).toEqual(['BP1003']);
    expect(loaded.diagnostics[0]?.message).toContain(`byte ${String(PLAN.length + 6)} `);
  });

  it('refuses UTF-16', async () => {
    expect(codesOf(await load(Buffer.from(`\ufeff${PLAN}`, 'utf16le')))).toEqual(['BP1003']);
  });

  it('takes UTF-8 with a byte order mark and with CRLF', async () => {
    expect(codesOf(await load(`\ufeff${PLAN}`))).toEqual([]);
    expect(codesOf(await load(PLAN.replaceAll('\n', '\r\n')))).toEqual([]);
  });
});

describe('the largest plans', { timeout: 60_000 }, () => {
  it('takes exactly 1 MiB and no byte more', async () => {
    const padded = (bytes: number): string => `${PLAN}#${'x'.repeat(bytes - PLAN.length - 1)}`;
    expect(codesOf(await load(padded(MIB)))).toEqual([]);
    expect(codesOf(await load(padded(MIB + 1)))).toEqual(['BP1002']);
  });

  it('refuses 10 MB within a second', async () => {
    const { result, ms } = await timed(() => load(`${PLAN}#${'x'.repeat(10_000_000)}`));
    expect(codesOf(result)).toEqual(['BP1002']);
    expect(ms).toBeLessThan(1000);
  });

  it('loads 10,000 resources', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `resource-${String(index)}`);
    const resources = names
      .map((name, index) => `  ${name}: { type: sqlite, path: ${String(index)}.db }\n`)
      .join('');
    const { result, ms } = await timed(() => load(`${HEAD}resources:\n${resources}`));
    expect(codesOf(result)).toEqual([]);
    expect(Object.keys(result.plan?.resources ?? {})).toEqual(names);
    expect(ms).toBeLessThan(20_000);
  });

  it('follows a chain of 10,000 dependencies, and finds the cycle at its end', async () => {
    const resource = (index: number, on: number): string =>
      `  r${String(index)}: { type: sqlite, path: a.db, dependsOn: [r${String(on)}] }\n`;
    const chain = Array.from({ length: 9_999 }, (_, index) => resource(index, index + 1)).join('');
    const open = await load(`${HEAD}resources:\n${chain}  r9999: { type: sqlite, path: a.db }\n`);
    expect(codesOf(open)).toEqual([]);
    const closed = await load(`${HEAD}resources:\n${chain}${resource(9999, 9990)}`);
    expect(codesOf(closed)).toEqual(['BP1208']);
    expect(closed.diagnostics[0]?.message).toContain('r9990 → r9991');
    expect(closed.diagnostics[0]?.message).toMatch(/r9999 → r9990$/);
  });

  it('includes 255 files and not one more', async () => {
    const files = (count: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `${String(index)}.yaml`,
          `labels: { l${String(index)}: x }\n`,
        ]),
      );
    const plan = (count: number): string => `${PLAN}include: [${Object.keys(files(count)).join(', ')}]\n`;
    expect(codesOf(await load(plan(255), { files: files(255) }))).toEqual([]);
    expect(codesOf(await load(plan(256), { files: files(256) }))).toEqual(['BP1025']);
  });
});

describe('hostile YAML', () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*l${String(level - 1)}`));
    return `  l${String(level)}: &l${String(level)} [${items.join(', ')}]\n`;
  }).join('');

  it('refuses an alias bomb within a second and 200 MB', async () => {
    const { result, bytes } = await grown(() => timed(() => load(`x-bomb:\n${levels}${PLAN}`)));
    expect(codesOf(result.result)).toEqual(['BP1012']);
    expect(result.ms).toBeLessThan(1000);
    expect(bytes).toBeLessThan(200 * MIB);
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['closed brackets', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['questions', '? '.repeat(100_000)],
  ])('refuses 100,000 levels of %s within a second', async (_name, text) => {
    const { result, bytes } = await grown(() => timed(() => load(text)));
    expect(codesOf(result.result)).toEqual(['BP1013']);
    expect(result.ms).toBeLessThan(1000);
    expect(bytes).toBeLessThan(200 * MIB);
  });

  it('takes many harmless aliases', async () => {
    const resources = Array.from(
      { length: 2000 },
      (_, index) => `  r${String(index)}: { type: sqlite, path: a.db, limits: *l }\n`,
    ).join('');
    const loaded = await load(`x-limits: &l { nice: 5 }\n${HEAD}resources:\n${resources}`);
    expect(codesOf(loaded)).toEqual([]);
    expect(loaded.plan?.resources['r1999']?.limits.nice).toBe(5);
  });
});
