// Bundles src/bin.ts into dist/: start time is mostly the number of files that Node has to open.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const generated = spawnSync('node_modules/.bin/tsx', ['.config/generate.ts'], { stdio: 'inherit' });
if (generated.status !== 0) process.exit(generated.status ?? 1);

const { metafile } = await build({
  entryPoints: ['src/bin.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // A CommonJS package that is imported on demand would lose its named exports.
  mainFields: ['module', 'main'],
  // openpgp is LGPL and stays a package that its user can exchange; ssh2 uses native code where it was built.
  external: ['openpgp', 'ssh2'],
  // CommonJS packages inside an ES module still ask for Node's own modules by require.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  // esbuild has already printed what is wrong.
}).catch(() => process.exit(1));

for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  const path = `${relative('.', entry.parentPath)}/${entry.name}`;
  if (entry.isFile() && !metafile.outputs[path]) rmSync(path);
}
if (!readFileSync('dist/bin.js', 'utf8').startsWith('#!/usr/bin/env node\n')) {
  console.error('src/bin.ts must begin with #!/usr/bin/env node');
  process.exit(1);
}
chmodSync('dist/bin.js', 0o755);

const bytes = Object.entries(metafile.outputs)
  .filter(([name]) => name.endsWith('.js'))
  .reduce((sum, [, output]) => sum + output.bytes, 0);
console.log(
  `dist/bin.js and ${Object.keys(metafile.inputs).length} modules, ${Math.round(bytes / 1024)} KiB`,
);
