import { briefOf } from '../domain/record-brief.ts';
import type { Snapshot } from '../domain/snapshot.ts';

/** Ciphertext of all artifacts, on one target. */
export function bytesOf({ record }: Snapshot): number {
  return briefOf(record).bytes;
}

/** The same before compression and encryption. */
export function rawBytesOf({ record }: Snapshot): number {
  return briefOf(record).rawBytes;
}

/** All that lies on a target beside its record. */
export function storedBytesOf({ record }: Snapshot): number {
  return briefOf(record)
    .objects()
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
