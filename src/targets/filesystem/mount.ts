import { dirname } from 'node:path';
import type { FileLayer } from './file-layer.ts';

/**
 * True where something is mounted at exactly this path. The device number tells most mounts from
 * their parent; bind mounts share it and are found in the kernel's own table.
 */
export async function isMountPoint(layer: FileLayer, path: string): Promise<boolean> {
  if (path === '/') return true;
  const [own, parent] = await Promise.all([layer.stat(path), layer.stat(dirname(path))]);
  if (own.dev !== parent.dev) return true;
  return mountPoints(await layer.readFile('/proc/self/mountinfo', 'utf8')).has(path);
}

/** Fifth field of every line; space, tab, newline and backslash are written as octal escapes. */
export function mountPoints(mountinfo: string): ReadonlySet<string> {
  const paths = mountinfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return new Set(
    paths.map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    ),
  );
}
