import { readFileSync } from 'node:fs';

/** Absolute paths of everything that is mounted, bind mounts included. */
export function mountPoints(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const path = line.split(' ')[4];
      return path === undefined ? [] : [path.replace(/\\([0-7]{3})/g, unescapeOctal)];
    });
}

function unescapeOctal(_match: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}
