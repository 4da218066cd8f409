// Exit code 0 when node_modules holds what package-lock.json asks for, 1 when `npm ci` has to run.
import { readFileSync } from 'node:fs';

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

try {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  const isCurrent = Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
  process.exitCode = isCurrent ? 0 : 1;
} catch {
  process.exitCode = 1;
}
