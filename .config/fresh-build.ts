import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** End-to-end tests run `dist/bin.js`: build it unless it is newer than every source. */
export default function setup(): void {
  const built = statSync(`${root}dist/bin.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newestSourceMs()) {
    execFileSync('node', ['.config/build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

function newestSourceMs(): number {
  const sources = readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/generated'))
    .map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs);
  return Math.max(statSync(`${root}package.json`).mtimeMs, ...sources);
}
