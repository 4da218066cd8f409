import type { Snapshot } from '../domain/snapshot.ts';

/** Ciphertext of all artifacts, on one target. */
export function bytesOf({ record }: Snapshot): number {
  return record.artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The same before compression and encryption. */
export function rawBytesOf({ record }: Snapshot): number {
  return record.artifacts.reduce((sum, { raw }) => sum + raw.bytes, 0);
}
