import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEAD } from './plan-folder.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Loads the plan that the first argument names, prints the codes, and whether there is a plan. */
const PROGRAM = `
import { loadPlan } from './src/config/load-plan.ts';
import { notificationTypes as notifications } from './src/notifications/index.ts';
import { resourceTypes as resources } from './src/resources/index.ts';
import { targetTypes as targets } from './src/targets/index.ts';
const { plan, diagnostics } = await loadPlan({ file: process.argv[2], env: {}, registries: { resources, targets, notifications } });
console.log(JSON.stringify({ codes: diagnostics.map(({ code }) => code), valid: plan !== undefined }));
`;

describe('loading a plan', () => {
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'load-'));
    await build({
      stdin: { contents: PROGRAM, resolveDir: repository, loader: 'ts', sourcefile: 'load.ts' },
      bundle: true,
      splitting: true,
      outdir: folder,
      entryNames: 'load',
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      platform: 'node',
      // Native code that ssh2 takes where somebody built it.
      external: ['cpu-features', '*.node'],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    mkdirSync(join(folder, 'keys'));
    for (const name of ['ops', 'escrow', 'ci']) writeFileSync(join(folder, `keys/${name}.asc`), 'PUBLIC KEY');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function write(resources: string): string {
    writeFileSync(join(folder, 'backup-plan.yaml'), `${HEAD}resources:\n${resources}`);
    return join(folder, 'backup-plan.yaml');
  }

  it('starts no process and writes no file, whatever the plan names', () => {
    // Node's permission model denies both to the child: an attempt would end it with an error.
    const file = write(`  evil:
    type: command
    dump: [touch, ${folder}/dumped]
    proof: { minSize: 1, check: [touch, ${folder}/checked] }
    hooks: { before: [[touch, ${folder}/hooked]] }
secrets: { s: { command: [touch, ${folder}/asked] } }
`);
    const options = ['--no-warnings', '--experimental-permission', '--allow-fs-read=*'];
    const output = execFileSync(process.execPath, [...options, join(folder, 'load.mjs'), file], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toMatchObject({ codes: ['BP2006'], valid: true });
  });
});
