/**
 * How long after a tick a resource waits: the same on every machine and in every run, spread evenly
 * over [0, jitterMs] by the name.
 */
export function jitterOf(resource: string, jitterMs: number): number {
  return Math.floor((fnv1a(resource) / 2 ** 32) * (jitterMs + 1));
}

/** FNV-1a, 32 bit, followed by a finaliser: FNV alone leaves similar names close together. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
