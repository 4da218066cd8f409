import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Result } from '../../../src/domain/result.ts';
import type { IndexEntry } from '../../../src/domain/record.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const NOBODY = '65534';

describe.skipIf(lacks('tar', 'setpriv', 'setcap') || lacksAbility('root'))('somebody who is not root', () => {
  let bundled = '';

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('../../support/files-program.ts', import.meta.url));
    const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire('/');` };
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner,
      write: false,
      logLevel: 'error',
    });
    bundled = outputFiles[0]?.text ?? '';
  });

  /** Runs the adapter in a process of its own: `access` asks for the real user, which a process cannot lend. */
  function run(folder: string, action: 'capture' | 'restore', options: JsonObject = {}): Result<Captured> {
    const program = join(folder, 'program.mjs');
    writeFileSync(program, bundled);
    for (const path of [folder, dirname(folder)]) chmodSync(path, 0o777);
    const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const argv = [...identity, process.execPath, program, action, folder, JSON.stringify(options)];
    return JSON.parse(execFileSync('setpriv', argv, { encoding: 'utf8' })) as Result<Captured>;
  }

  interface Captured {
    readonly evidence: { readonly warnings: readonly string[] };
    readonly log: readonly string[];
    readonly warnings: readonly string[];
  }

  async function sample(): Promise<{ folder: string; root: string }> {
    const folder = join(await temporaryFolder(), 'work');
    const root = join(folder, 'tree');
    mkdirSync(join(root, 'closed'), { recursive: true });
    for (const name of ['closed/x', 'open', 'secret']) writeFileSync(join(root, name), name);
    chmodSync(root, 0o755);
    chmodSync(join(root, 'secret'), 0o600);
    chmodSync(join(root, 'closed'), 0o700);
    return { folder, root };
  }

  function entries(folder: string): IndexEntry[] {
    const lines = readFileSync(join(folder, 'index'), 'utf8').trimEnd().split('\n').slice(1, -1);
    return lines.map((line) => JSON.parse(line) as IndexEntry);
  }

  test('does not capture a tree that may not be read whole', async () => {
    const { folder, root } = await sample();
    const result = run(folder, 'capture', { paths: [root] });
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(failureIn(result).message).toMatch(/^cannot read .*tree\/(closed|secret)/);
  });

  test('captures the rest where the plan allows it, lists what is missing, and tries it again', async () => {
    const { folder, root } = await sample();
    const result = valueOf(run(folder, 'capture', { paths: [root], onUnreadable: 'warn' }));
    const inside = root.slice(1);
    expect(result.log).toEqual([`unreadable ${inside}/closed`, `unreadable ${inside}/secret`]);
    expect(result.evidence.warnings).toEqual(['2 files could not be read']);
    const listed = entries(folder).map(({ path, stored }) => [path?.slice(inside.length), stored]);
    expect(listed).toEqual([
      ['/', true],
      ['/closed/', false],
      ['/open', true],
      ['/secret', false],
    ]);
    const restored = valueOf(run(folder, 'restore'));
    expect(restored.warnings).toContain('2 entries are listed but were not stored or cannot be made');
    expect(readdirSync(join(folder, 'staging', root))).toEqual(['open']);
  });

  test('restores what root captured, but for owners and devices, and says so', async () => {
    const { folder, root } = await sample();
    execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
    execFileSync('setcap', ['cap_net_raw+ep', join(root, 'open')]);
    chmodSync(join(root, 'closed'), 0o500);
    const uid = 4242;
    chownSync(join(root, 'secret'), uid, uid);
    chmodSync(join(root, 'secret'), 0o4640);
    const program = join(folder, 'program.mjs');
    writeFileSync(program, bundled);
    execFileSync(process.execPath, [program, 'capture', folder, JSON.stringify({ paths: [root] })]);
    for (const name of ['artifact', 'index']) chmodSync(join(folder, name), 0o644);
    const { warnings } = valueOf(run(folder, 'restore'));
    expect(warnings).toContain('owners were not restored: only root can set them');
    expect(warnings).toContain('1 entries are listed but were not stored or cannot be made');
    const staged = join(folder, 'staging', root);
    expect(readdirSync(staged)).toEqual(['closed', 'open', 'secret']);
    expect(lstatSync(join(staged, 'secret'))).toMatchObject({ uid: Number(NOBODY) });
    expect(lstatSync(join(staged, 'closed')).mode & 0o7777).toBe(0o500);
    expect(readFileSync(join(staged, 'closed/x'), 'utf8')).toBe('closed/x');
  });

  test('learns from tar what the system had promised to be readable', async () => {
    const { root } = await sample();
    for (const path of [dirname(root), dirname(dirname(root))]) chmodSync(path, 0o755);
    rmSync(join(root, 'closed'), { recursive: true });
    const options = { paths: [root], onUnreadable: 'warn' };
    // The real user stays root, and it is the real user's rights that the system reports.
    process.seteuid?.(Number(NOBODY));
    const results = await Promise.all([
      take(filesType, options),
      take(filesType, { ...options, onUnreadable: 'fail' }),
    ]).finally(() => process.seteuid?.(0));
    const taken = valueOf(results[0]);
    expect(taken.summary.log).toEqual([`unreadable ${root.slice(1)}/secret`]);
    expect(failureIn(results[1])).toMatchObject({ code: 'SOURCE_UNREADABLE' });
    const { staging, result } = await putBack(filesType, [taken]);
    expect(valueOf(result).warnings).toHaveLength(1);
    expect(readdirSync(join(staging, root))).toEqual(['open']);
  });
});
