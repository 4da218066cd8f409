import { createHash } from 'node:crypto';

/** A public host key that the plan pins. */
export interface PinnedKey {
  readonly type: string;
  /** In SSH wire format. */
  readonly blob: Buffer;
}

/** Kinds of host keys, and the signature algorithms with which a server proves that it has one. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** What the schema lets through as a line: type, base64, perhaps a comment. */
export const HOST_KEY_PATTERN = `^(${Object.keys(ALGORITHMS).join('|')}) [A-Za-z0-9+/]{40,}={0,2}( .*)?$`;

/** Undefined where the base64 does not hold a key of the type that the line begins with. */
export function parseHostKey(line: string): PinnedKey | undefined {
  const [type = '', base64 = ''] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4 || blob.toString('base64') !== base64) return undefined;
  return typeOfBlob(blob) === type && type in ALGORITHMS ? { type, blob } : undefined;
}

export function isPinned(pinned: readonly PinnedKey[], blob: Buffer): boolean {
  return pinned.some((key) => key.blob.equals(blob));
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return `${typeOfBlob(blob) ?? 'unknown'} SHA256:${digest}`;
}

/**
 * Pinned kinds first, so that a server with several keys shows one that can be compared; the others
 * after them, so that a changed key is seen and named instead of ending in "no common algorithm".
 */
export function hostKeyAlgorithms(pinned: readonly PinnedKey[]): readonly string[] {
  const types = [...pinned.map(({ type }) => type), ...Object.keys(ALGORITHMS)];
  return [...new Set(types.flatMap((type) => ALGORITHMS[type] ?? []))];
}

function typeOfBlob(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return length > 64 || length + 4 > blob.length ? undefined : blob.toString('latin1', 4, 4 + length);
}
