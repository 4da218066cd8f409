const MIB = 1024 * 1024;
/** Of every store; a few allow more. */
const MAX_PARTS = 10_000;
export const PART_BYTES = 8 * MIB;
/** Of all parts that one upload holds at a time, as long as the parts are small enough. */
const MEMORY_BYTES = 64 * MIB;
const MAX_IN_FLIGHT = 4;

export interface PartLimits {
  readonly partBytes: number;
  readonly maxParts: number;
}

export const PART_LIMITS: PartLimits = { partBytes: PART_BYTES, maxParts: MAX_PARTS };

/** The same for every part of an object of known size, so that an interrupted upload finds its parts again. */
export function partSizeOf(bytes: number, { partBytes, maxParts }: PartLimits = PART_LIMITS): number {
  const least = Math.ceil(bytes / maxParts);
  return Math.max(partBytes, Math.ceil(least / MIB) * MIB);
}

/**
 * For an object of unknown size: small parts first, so that little memory is taken by most, and 1.8 TiB
 * fit into all. `part` counts from 1.
 */
export function growingPartSize(part: number, { partBytes, maxParts }: PartLimits = PART_LIMITS): number {
  const step = STEPS.find(({ upTo }) => part <= upTo * maxParts) ?? STEPS[STEPS.length - 1];
  return partBytes * (step?.factor ?? 1);
}

const STEPS = [
  { upTo: 0.1, factor: 1 },
  { upTo: 0.2, factor: 2 },
  { upTo: 0.4, factor: 4 },
  { upTo: 0.7, factor: 8 },
  { upTo: 1, factor: 64 },
];

/** Parts on their way at a time, beside the one that is being filled. */
export function partsInFlight(partBytes: number): number {
  return Math.max(1, Math.min(MAX_IN_FLIGHT, Math.floor(MEMORY_BYTES / partBytes) - 1));
}
